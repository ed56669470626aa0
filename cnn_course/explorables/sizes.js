// How large is the output? The grid with padding, stride and dilation, and the formula with its numbers.
// data: n, k, s, p, d to begin with

function build(card, data) {
  const now = {n: data.n, k: data.k, s: data.s, p: data.p, d: data.d}, side = 640;
  let at = [1, 1];
  const left = canvas(side, side, 'The input. The arrow keys move the kernel');
  const right = canvas(side, side, 'The output. The arrow keys choose an element');
  const formula = el('div', {className: 'formula', role: 'status'}), remark = el('div', {className: 'quiet'});
  const sliders = [['n', 'input n', 1, 14], ['k', 'kernel k', 1, 7], ['s', 'stride s', 1, 4], ['p', 'padding p', 0, 3],
                   ['d', 'dilation d', 1, 3]].map(([key, name, low, high]) =>
    slider(name, [low, high, 1], now[key], v => { now[key] = v; update(); }));

  const span = () => now.d * (now.k - 1) + 1, room = () => now.n + 2 * now.p, cell = () => side / Math.max(room(), 6);
  const size = () => span() > room() ? 0 : Math.floor((room() - span()) / now.s) + 1;
  const taps = i => Array.from({length: now.k}, (_, a) => i * now.s + a * now.d - now.p); // rows or columns

  function grid(pen, n, of) { // of(i, j): the colours of a cell and its rim, and what stands in it
    const wide = cell(), gap = Math.max(2, wide / 14), inner = wide - 2 * gap;
    pen.clearRect(0, 0, side, side);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
      const [fill, edge, text, ink] = of(i, j), [x, y] = [j * wide + gap, i * wide + gap];
      pen.fillStyle = fill;
      pen.fillRect(x, y, inner, inner);
      if (edge) frame(pen, [x, y, inner, inner], edge, 2);
      const look = {size: wide * .42, align: 'center', colour: ink};
      if (text && wide > 34) write(pen, text, x + inner / 2, y + inner / 2, look);
    }
  }

  function draw() {
    const o = size(), [rows, cols] = o ? at.map(taps) : [[], []];
    const used = new Set(Array.from({length: o}, (_, i) => taps(i)).flat());
    grid(left.pen, room(), (y, x) => {
      const i = y - now.p, j = x - now.p, outside = i < 0 || j < 0 || i >= now.n || j >= now.n;
      const touched = rows.includes(i) && cols.includes(j);
      if (outside) return touched ? ['#5d7acb', null, '0', COLOURS.white] : ['#e4e1d8', null, '0', COLOURS.quiet];
      if (touched) return [COLOURS.blue];
      return used.has(i) && used.has(j) ? [COLOURS.white, COLOURS.line] : ['#fbe3d6', COLOURS.orange];
    });
    if (o) {
      const [y, x] = at.map(i => i * now.s * cell()), wide = span() * cell();
      frame(left.pen, [x + 2, y + 2, wide - 4, wide - 4], COLOURS.orange, 5);
    }
    grid(right.pen, o, (y, x) => y === at[0] && x === at[1] ? [COLOURS.blue] : [COLOURS.white, COLOURS.line]);
    if (!o) write(right.pen, 'no place for the kernel', 20, 40, {size: 34, colour: COLOURS.orange});
  }

  function tell() {
    const {n, k, s, p, d} = now, o = size();
    const [letters, numbers] = d > 1 ? ['n + 2p − d·(k − 1) − 1', `${n} + 2·${p} − ${d}·(${k} − 1) − 1`]
      : ['n + 2p − k', `${n} + 2·${p} − ${k}`];
    const colour = o ? COLOURS.blue : COLOURS.orange;
    const answer = el('b', {textContent: o || 'none', style: `color:${colour};font-size:20px`});
    formula.replaceChildren(`⌊(${letters}) / s⌋ + 1 = `,
      el('span', {style: 'white-space:nowrap'}, `⌊(${numbers}) / ${s}⌋ + 1 = `, answer));
    const lost = n + p - ((o - 1) * s + span()), last = lost === 1 ? 'row and column' : `${lost} rows and columns`;
    remark.textContent = !o ? `The kernel covers ${span()} pixels, and the padded input has ${room()}.`
      : lost > 0 ? `The division leaves a rest: the last ${last} of the input ${lost === 1 ? 'is' : 'are'} never seen.`
      : o === n ? 'The size is kept.' : o === n / 2 ? 'The size is halved.' : `From ${n} to ${o} on each side.`;
  }

  function update() {
    const last = Math.max(size() - 1, 0);
    at = at.map(i => clamp(i, 0, last));
    draw();
    tell();
  }
  const move = (i, j) => { at = [i, j]; update(); }, step = (dx, dy) => move(at[0] + dy, at[1] + dx);
  points(right, (x, y) => move(...[y, x].map(v => Math.floor(v * side / cell()))), step);
  points(left, (x, y) => move(...[y, x].map(v => Math.round((v * side / cell() - span() / 2) / now.s))), step);
  card.append(el('div', {className: 'row'}, ...sliders.map(o => o.box)), formula,
    el('div', {className: 'two'},
      titled(left, 'input, with zeros around it; blue: what the kernel touches'),
      titled(right, 'output: point at an element')), remark);
  update();
  return {values: () => ({...now, size: size(), at: at.slice(), rows: size() ? taps(at[0]) : [],
                          cols: size() ? taps(at[1]) : []})};
}
