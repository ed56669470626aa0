// Receptive fields: a unit of any layer, the window that it sees on a photo, and the cone between the two.
// data: photo (JPEG as base64), networks {name: {size, layers: [{name, kind, rows, cols, step}]}}, picked, layer (a
// number)
// rows and cols: for each row and column of the map [first pixel, pixel after the last] that its units see

function build(card, data) {
  const side = 600, names = Object.keys(data.networks);
  let net = data.networks[data.picked], layer = net.layers[data.layer], at = [0, 0], depth;
  const photo = canvas(side, side, 'The photo with the window that the unit sees. The arrow keys move the unit');
  const cone = canvas(side, side, 'The layers above the image, and what the unit sees of each. ' +
    'The arrow keys move the unit and choose the layer');
  const facts = el('div', {role: 'status'}), image = new Image(), holder = el('div');

  // where a unit stands over the image: the middle of the map lies over the middle of what it sees
  const places = (windows, step) => windows.map((_, i) =>
    (windows[0][1] + windows[windows.length - 1][0]) / 2 + (i - (windows.length - 1) / 2) * step);
  const nearest = (xs, x) => xs.reduce((best, o, i) => Math.abs(o - x) < Math.abs(xs[best] - x) ? i : best, 0);
  const down = o => places(o.rows, o.step[0]), across = o => places(o.cols, o.step[1]);

  function inside(windows, [a, b]) { // the units that look at nothing outside: [first, last], or null
    const found = windows.flatMap(([l, r], i) => l >= a && r <= b && l < r ? [i] : []);
    return found.length ? [found[0], found[found.length - 1]] : null;
  }
  const chosen = () => net.layers.indexOf(layer);
  const seen = () => net.layers.slice(0, chosen() + 1)
    .map(o => o === layer ? [at[1], at[1]] : inside(o.cols, layer.cols[at[1]]));

  function drawPhoto() {
    const {pen} = photo, [[top, bottom], [a, b]] = [layer.rows[at[0]], layer.cols[at[1]]];
    const box = [a, top, b - a, bottom - top].map(v => v * side / net.size);
    pen.drawImage(image, 0, 0, side, side);
    pen.fillStyle = 'rgba(247, 246, 242, .64)';
    pen.beginPath();
    pen.rect(0, 0, side, side);
    pen.rect(...box);
    pen.fill('evenodd');
    frame(pen, box, COLOURS.white, 9);
    frame(pen, box, COLOURS.orange, 5);
  }

  function drawCone() {
    const {pen} = cone, n = net.layers.length, band = side / (n + 1), height = Math.min(band * .6, 26), last = chosen();
    const x = v => v / net.size * side, y = i => side - (i + 1.5) * band; // the image is layer -1
    const bar = (i, [l, r], colour) => {
      pen.fillStyle = colour;
      pen.fillRect(l, y(i) - height / 2, Math.max(r - l, 3), height);
    };
    const window = layer.cols[at[1]].map(x);
    const spans = seen().map((o, i) => {
      const layer = net.layers[i], half = layer.step[1] / 2, xs = across(layer);
      return o && [x(xs[o[0]] - half), x(xs[o[1]] + half)];
    });
    pen.fillStyle = COLOURS.white;
    pen.fillRect(0, 0, side, side);
    const shape = [[-1, window], ...spans.map((o, i) => [i, o]).filter(([, o]) => o)]; // the cone, from below
    pen.beginPath();
    shape.forEach(([i, o]) => pen.lineTo(o[0], y(i)));
    shape.reverse().forEach(([i, o]) => pen.lineTo(o[1], y(i)));
    pen.fillStyle = '#f7e1d6';
    pen.fill();
    net.layers.forEach((o, i) => {
      const half = x(o.step[1]) / 2, gap = half > 3 ? 1 : 0;
      for (const v of across(o)) bar(i, [x(v) - half + gap, x(v) + half - gap], i > last ? '#eceae3' : '#d3d0c5');
      if (spans[i]) bar(i, spans[i], i === last ? COLOURS.orange : '#e58a5f');
    });
    bar(-1, [0, side], '#a9b8df');
    bar(-1, window, COLOURS.blue);
  }

  function tell() {
    const [[r0, r1], [c0, c1]] = [layer.rows[at[0]], layer.cols[at[1]]], share = (r1 - r0) * (c1 - c0) / net.size ** 2;
    facts.replaceChildren(el('b', {textContent: layer.kind}), ` ${layer.name}, a map of ${layer.rows.length}×` +
      `${layer.cols.length}. Unit (${at[0]}, ${at[1]}) sees rows ${r0} to ${r1 - 1} and columns ${c0} to ${c1 - 1}: `,
      el('b', {textContent: `${r1 - r0}×${c1 - c0} pixels`}),
      ` of ${net.size}×${net.size}, which is ${(100 * share).toFixed(share < .1 ? 1 : 0)} %.`);
  }

  function update() {
    at = [clamp(at[0], 0, layer.rows.length - 1), clamp(at[1], 0, layer.cols.length - 1)];
    drawPhoto();
    drawCone();
    tell();
  }
  function toLayer(i, place = [down(layer)[at[0]], across(layer)[at[1]]]) { // the unit over the same place
    layer = net.layers[clamp(i, 0, net.layers.length - 1)];
    at = [nearest(down(layer), place[0]), nearest(across(layer), place[1])];
    depth.value = chosen();
    update();
  }
  function toNetwork(name, i) {
    net = data.networks[name];
    const n = net.layers.length;
    depth = slider('layer', [0, n - 1, 1], 0, i => toLayer(i), i => `${i + 1} of ${n}`);
    holder.replaceChildren(depth.box);
    layer = net.layers[0];
    toLayer(i ?? Math.round(n * .6), [net.size / 2, net.size / 2]);
  }
  const move = (i, j) => { at = [i, j]; update(); };
  points(photo, (x, y) => move(nearest(down(layer), y * net.size), nearest(across(layer), x * net.size)),
         (dx, dy) => move(at[0] + dy, at[1] + dx));
  points(cone, (x, y, e) => {
    if (e.type === 'pointermove' && !e.buttons) return; // here one clicks, or drags
    toLayer(Math.round((1 - y) * (net.layers.length + 1) - 1.5), [down(layer)[at[0]], x * net.size]);
  }, (dx, dy) => dy ? toLayer(chosen() - dy) : move(at[0], at[1] + dx));
  const nets = choice('Network', names, data.picked, name => toNetwork(name));
  card.append(...(names.length > 1 ? [nets.box] : []),
    el('div', {className: 'two'},
      titled(cone, 'from the side: below the image, above it a bar for each layer. Click a unit'),
      titled(photo, 'what this unit sees. Move it')), holder, facts);
  toNetwork(data.picked, data.layer);
  image.onload = update;
  image.src = `data:image/jpeg;base64,${data.photo}`;
  return {values: () => ({layer: layer.name, at: at.slice(), rows: layer.rows[at[0]], cols: layer.cols[at[1]],
                          cone: seen()})};
}
