// A signal through depth: how large it is after each layer, and the gradient on its way back.
// data: width, batch, seed, most (layers), and to begin with sigma, depth, relu, norm, skip

function build(card, data) {
  const {width, batch} = data, eps = 1e-5, count = width * batch;
  const now = {sigma: data.sigma, depth: data.depth, relu: data.relu, norm: data.norm, skip: data.skip};
  let state = data.seed;
  const uniform = () => { // mulberry32, Tommy Ettinger 2017: the same numbers here and in Python
    state = state + 0x6D2B79F5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()); // Box and Muller
  const normals = n => Float64Array.from({length: n}, normal);
  const first = normals(count), back = normals(count);
  const weights = Array.from({length: data.most}, () => normals(width * width));
  const rms = x => Math.sqrt(x.reduce((a, v) => a + v * v, 0) / x.length);

  function multiply(x, w, turned) { // (batch, width) with the weights, or back with their transpose, times sigma
    const out = new Float64Array(count);
    for (let b = 0; b < batch; b++) for (let i = 0; i < width; i++) {
      const v = x[b * width + i];
      if (v) for (let o = 0; o < width; o++) out[b * width + o] += v * w[turned ? i * width + o : o * width + i];
    }
    return out.map(v => v * now.sigma);
  }
  function normalise(z) { // each unit over the batch: mean 0, variance 1
    const scale = new Float64Array(width), out = new Float64Array(count);
    for (let o = 0; o < width; o++) {
      let [mean, square] = [0, 0];
      for (let i = o; i < count; i += width) mean += z[i] / batch;
      for (let i = o; i < count; i += width) square += (z[i] - mean) ** 2 / batch;
      scale[o] = 1 / Math.sqrt(square + eps);
      for (let i = o; i < count; i += width) out[i] = (z[i] - mean) * scale[o];
    }
    return [out, scale];
  }
  function normaliseBack(g, z, scale) { // the derivative of that: z is what came out
    const out = new Float64Array(count);
    for (let o = 0; o < width; o++) {
      let [mean, along] = [0, 0];
      for (let i = o; i < count; i += width) {
        mean += g[i] / batch;
        along += g[i] * z[i] / batch;
      }
      for (let i = o; i < count; i += width) out[i] = (g[i] - mean - z[i] * along) * scale[o];
    }
    return out;
  }

  let sizes, grads, column;
  function run() {
    const kept = [];
    let x = first;
    sizes = [rms(x)];
    column = [x.slice(0, width)];
    for (let l = 0; l < now.depth; l++) {
      let z = multiply(x, weights[l], false), scale = null;
      if (now.norm) [z, scale] = normalise(z);
      const y = now.relu ? z.map(v => Math.max(v, 0)) : z;
      kept.push([z, scale]);
      x = now.skip ? x.map((v, i) => v + y[i]) : y;
      sizes.push(rms(x));
      column.push(x.slice(0, width));
    }
    let g = back;
    grads = [rms(g)];
    for (let l = now.depth - 1; l >= 0; l--) {
      const [z, scale] = kept[l];
      let d = now.relu ? g.map((v, i) => z[i] > 0 ? v : 0) : g;
      if (now.norm) d = normaliseBack(d, z, scale);
      d = multiply(d, weights[l], true);
      g = now.skip ? g.map((v, i) => v + d[i]) : d;
      grads.unshift(rms(g));
    }
  }

  const plot = canvas(1400, 620, 'Size of the signal and of the gradient over the layers');
  const strip = canvas(1400, 260, 'What each unit says, layer by layer');
  const remark = el('div', {role: 'status'});
  const decades = 8;
  let top, bottom;
  const log = v => clamp(Math.log10(Math.max(v, 1e-300)), -decades, decades);
  const height = v => top + (bottom - top) * (decades - log(v)) / (2 * decades);
  const power = e => '10' + [...String(e)].map(c => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c] ?? '⁻').join('');
  function digits(v) {
    if (!v || v >= .01 && v < 1000) return String(+v.toPrecision(3));
    const [a, e] = v.toExponential(1).split('e');
    return `${a} · ${power(+e)}`;
  }

  function draw() {
    const pen = plot.pen, px = unit(pen), size = 14 * px, roomy = 1400 / px > 420, left = 46 * px;
    const right = 1400 - (roomy ? 96 : 10) * px, high = roomy ? 620 : 1000;
    if (plot.height !== high) plot.height = high;
    [top, bottom] = [12 * px, high - 26 * px];
    const across = l => left + (right - left) * l / now.depth;
    pen.fillStyle = COLOURS.card;
    pen.fillRect(0, 0, 1400, high);
    for (let e = -decades; e <= decades; e += 4) {
      const y = height(10 ** e);
      [pen.strokeStyle, pen.lineWidth] = [e ? '#dcdad2' : COLOURS.quiet, 2];
      pen.beginPath(); pen.moveTo(left, y); pen.lineTo(right, y); pen.stroke();
      write(pen, e ? power(e) : '1', left - 8 * px, y, {size, align: 'right', colour: COLOURS.quiet});
    }
    const last = {};
    for (const [name, values, colour] of [['gradient', grads, COLOURS.orange], ['signal', sizes, COLOURS.blue]]) {
      [pen.strokeStyle, pen.lineWidth, pen.lineJoin] = [colour, 3 * px, 'round'];
      pen.beginPath();
      values.forEach((v, l) => pen.lineTo(across(l), height(v)));
      pen.stroke();
      last[name] = height(values[values.length - 1]);
    }
    const apart = Math.max(0, 20 * px - Math.abs(last.signal - last.gradient)) / 2; // names keep clear
    const move = last.signal <= last.gradient ? -apart : apart;
    const look = {size, bold: true, align: roomy ? 'left' : 'right'};
    const [x, up] = roomy ? [right + 8 * px, 0] : [right, 12 * px];
    write(pen, 'signal →', x, last.signal + move - up, {...look, colour: COLOURS.blue});
    write(pen, '← gradient', x, last.gradient - move - up, {...look, colour: COLOURS.orange});
    const below = bottom + 14 * px;
    write(pen, 'input', left, below, {size: 13 * px, colour: COLOURS.quiet});
    write(pen, `layer ${now.depth}`, right, below, {size: 13 * px, colour: COLOURS.quiet, align: 'right'});
    strip.pen.fillStyle = COLOURS.card;
    strip.pen.fillRect(0, 0, 1400, 260);
    const cols = now.depth + 1, said = i => column[i % cols][Math.floor(i / cols)];
    paint(strip.pen, cols, width, i => SIGNED(said(i) / 3), [left, 0, right - left, 260]);
    const factor = (sizes[now.depth] / sizes[0]) ** (1 / now.depth);
    const [forth, home] = [sizes[now.depth], grads[0]].map(v => el('b', {textContent: digits(v)}));
    remark.replaceChildren('After the last layer the signal has size ', forth, `, a factor of ${fixed(factor, 3)} ` +
      'for each layer; the gradient reaches the first with size ', home, '.');
  }
  const update = () => { run(); draw(); };
  const round = v => v.toFixed(3);
  const sigma = slider('σ of the weights', [.02, .4, .001], now.sigma, v => { now.sigma = v; update(); }, round);
  const depth = slider('layers', [1, data.most, 1], now.depth, v => { now.depth = v; update(); });
  const xavier = width ** -.5, kaiming = (2 / width) ** .5, to = v => { now.sigma = v; sigma.value = v; update(); };
  const flag = (name, key) => tick(name, now[key], on => { now[key] = on; update(); }).box;
  card.append(el('div', {className: 'row'}, sigma.box, depth.box),
    el('div', {className: 'row', style: 'gap:8px 14px'},
      button(`Xavier: 1/√${width} = ${round(xavier)}`, () => to(xavier)),
      button(`Kaiming: √(2/${width}) = ${round(kaiming)}`, () => to(kaiming)),
      flag('ReLU', 'relu'), flag('batch norm', 'norm'), flag('skips', 'skip')),
    titled(plot, `size (root of the mean square) of ${batch} inputs of ${width} numbers, and of a gradient sent back`),
    titled(strip, `one input: a column for each layer, a row for each of its ${width} units; white 0, red 3, blue −3`),
    remark);
  update();
  return {draw, values: () => ({...now, sizes: sizes.slice(), grads: grads.slice()})};
}
