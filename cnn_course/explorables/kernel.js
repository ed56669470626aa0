// A 3×3 kernel edited over a photo: the map it makes, and the products at the pointer spelled out.
// data: photo {w, h, v: bytes as base64}, kernels {name: [9 numbers]}, picked (a name), relu

function build(card, data) {
  const {w, h} = data.photo, rows = h - 2, cols = w - 2, scale = 4, full = [0, 0, w * scale, h * scale];
  const photo = {c: 1, h, w, v: Float64Array.from(bytes(data.photo.v), b => b / 255)};
  const names = Object.keys(data.kernels), nine = [...Array(9).keys()], row = i => Math.floor(i / 3), col = i => i % 3;
  let at = [0, 0], kernel = data.kernels[data.picked].slice(), map;

  const left = canvas(w * scale, h * scale, 'The photo. The arrow keys move the window');
  const right = canvas(w * scale, h * scale, 'The feature map. The arrow keys move the window');
  const range = el('span'), sum = el('div', {className: 'formula', role: 'status'});
  const preset = choice('Kernels to begin with', names, data.picked, name => {
    kernel = data.kernels[name].slice();
    inputs.forEach((o, i) => { o.value = kernel[i]; });
    update();
  });
  const relu = tick('ReLU: what is below 0 becomes 0', data.relu, () => update());
  const inputs = nine.map(i => el('input', {type: 'number', step: 'any', value: kernel[i],
    'aria-label': `Weight in row ${row(i) + 1}, column ${col(i) + 1}`}));
  inputs.forEach((o, i) => o.addEventListener('input', () => {
    if (!Number.isFinite(o.valueAsNumber)) return; // half typed
    kernel[i] = o.valueAsNumber;
    preset.value = names.find(n => data.kernels[n].every((x, j) => x === kernel[j]));
    update();
  }));
  const pixel = nine.map(() => el('span')), swatch = nine.map(() => el('div', {className: 'swatch'}));
  const times = nine.map(() => el('b', {style: 'white-space:nowrap'}));
  const table = el('div', {className: 'nine', role: 'group', 'aria-label': 'Pixel times weight'}, ...nine.map(i =>
    el('div', {className: 'cell'}, swatch[i], el('div', {className: 'factors'}, pixel[i], '×', inputs[i]), times[i])));

  const read = () => nine.map(i => photo.v[(at[0] + row(i)) * w + at[1] + col(i)]); // the pixels under the window

  function update() {
    map = correlate(photo, kernel, null, 3, 0);
    if (relu.value) map.v = map.v.map(v => Math.max(v, 0));
    draw();
  }

  function draw() {
    const signed = map.v.some(v => v < -1e-9), least = signed ? 1e-9 : 1; // without negatives, white is 1 at least
    const most = map.v.reduce((a, v) => Math.max(a, Math.abs(v)), least);
    paint(left.pen, w, h, i => GREY(photo.v[i]), full);
    right.pen.fillStyle = COLOURS.card;
    right.pen.fillRect(...full);
    paint(right.pen, cols, rows, i => signed ? SIGNED(map.v[i] / most) : GREY(map.v[i] / most),
          [scale, scale, cols * scale, rows * scale]);
    const [i, j] = at;
    for (const [width, colour] of [[9, COLOURS.white], [5, COLOURS.orange]]) {
      frame(left.pen, [j * scale - 3, i * scale - 3, 3 * scale + 6, 3 * scale + 6], colour, width);
      frame(right.pen, [(j + 1) * scale - 4, (i + 1) * scale - 4, scale + 8, scale + 8], colour, width);
    }
    range.textContent = signed ? `blue −${fixed(most)}, white 0, red ${fixed(most)}` : `black 0, white ${fixed(most)}`;
    spell();
  }

  function spell() {
    const pixels = read(), products = pixels.map((p, n) => p * kernel[n]), value = products.reduce((a, v) => a + v, 0);
    products.forEach((v, n) => {
      pixel[n].textContent = fixed(pixels[n]);
      times[n].textContent = `= ${fixed(v)}`;
      swatch[n].style.background = `rgb(${[0, 0, 0].fill(Math.round(255 * pixels[n]))})`;
    });
    const terms = products.filter((_, n) => kernel[n]);
    const spelled = terms.map((v, n) => (n ? v < 0 ? ' − ' : ' + ' : '') + fixed(n ? Math.abs(v) : v)).join('') || '0';
    sum.replaceChildren(spelled, ' = ', el('b', {textContent: fixed(value)}),
                        relu.value && value < 0 ? ', and ReLU makes it 0' : '');
  }

  const move = (i, j) => { at = [clamp(i, 0, rows - 1), clamp(j, 0, cols - 1)]; draw(); };
  for (const o of [left, right]) {
    points(o, (x, y) => move(Math.floor(y * h) - 1, Math.floor(x * w) - 1), (dx, dy) => move(at[0] + dy, at[1] + dx));
  }
  card.append(
    el('style', {textContent: `
      .nine { display: grid; grid-template-columns: repeat(3, minmax(0, 112px)); gap: 6px }
      .cell { background: #fff; border: 1px solid ${COLOURS.line}; border-radius: 6px; padding: 5px;
        text-align: center }
      .swatch { height: 9px; border-radius: 3px; margin-bottom: 5px; border: 1px solid ${COLOURS.line} }
      .factors { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; justify-content: center }
      .factors input { flex: 1 1 38px; min-width: 38px; max-width: 58px; padding: 2px }`}),
    preset.box,
    el('div', {className: 'two'},
      titled(left, 'the photo: move the window'), titled(right, 'the feature map: ', range)),
    el('div', {className: 'row'},
      el('div', {}, el('div', {className: 'quiet'}, 'under the window: pixel × weight. Type other weights'), table),
      el('div', {className: 'grow', style: 'display:grid;gap:10px'}, sum, relu.box)));
  update();
  const sizes = [...map.v].map(Math.abs), best = sizes.indexOf(Math.max(...sizes)); // begin where the answer is loudest
  move(Math.floor(best / cols), best % cols);
  return {values: () => ({kernel: kernel.slice(), at: at.slice(), map: [...map.v], pixels: read(),
                          value: map.v[at[0] * cols + at[1]]})};
}
