// Any network layer by layer: shapes, parameters, multiply-accumulates, what is stored, and what a unit sees.
// data: networks {name: {input [c, h, w], totals, layers: [{name, kind, shape, params, macs, bytes, field, stride}]}},
// picked, layer (a number)

function build(card, data) {
  const names = Object.keys(data.networks), wide = 1400, high = 640, ground = 300;
  const what = {parameters: 'params', 'multiply-accumulates': 'macs', activations: 'bytes', 'receptive field': 'field'};
  const memory = v => large(v) + (v >= 1e4 ? 'B' : ' B');
  const shows = {params: large, macs: large, bytes: memory, field: v => `${grouped(v)} px`};
  let net = data.networks[data.picked], at = data.layer, shown = 'multiply-accumulates', depth;
  const view = canvas(wide, high, 'A block for each layer above, a bar for each below. The arrow keys choose a layer');
  const facts = el('div', {role: 'status', style: 'display:grid;gap:8px'}), holder = el('div');
  const total = el('div', {className: 'quiet'});
  const isMap = o => o.shape.length === 3;

  function draw() {
    const {pen} = view, {layers} = net, step = wide / layers.length, key = what[shown];
    const most = f => layers.reduce((a, o) => Math.max(a, f(o)), 1e-9), largest = most(o => o[key]);
    const tallest = most(o => isMap(o) ? o.shape[1] : 1), deepest = Math.log2(1 + most(o => o.shape[0]));
    pen.fillStyle = COLOURS.card;
    pen.fillRect(0, 0, wide, high);
    layers.forEach((o, i) => {
      const tall = Math.max(6, isMap(o) ? o.shape[1] / tallest * (ground - 40) : 0), x = (i + .5) * step;
      const thick = Math.max(2, step * (.1 + .8 * Math.log2(1 + o.shape[0]) / deepest));
      pen.fillStyle = i === at ? COLOURS.orange : o.params ? COLOURS.blue : '#aebce4';
      pen.fillRect(x - thick / 2, ground - 20 - tall, thick, tall);
      pen.fillStyle = i === at ? COLOURS.orange : COLOURS.green;
      const long = Math.max(o[key] / largest * (high - ground - 30), 2);
      if (o[key]) pen.fillRect(x - step * .4, ground + 20, step * .8, long);
    });
    pen.fillStyle = COLOURS.line;
    pen.fillRect(0, ground, wide, 2);
    const px = unit(pen), leftHalf = at < layers.length / 2, value = layers[at][key];
    write(pen, shows[key](value), (at + .5) * step + (leftHalf ? 1 : -1) * (step * .4 + 6 * px), high - 13 * px,
          {size: 16 * px, align: leftHalf ? 'left' : 'right', colour: COLOURS.orange, bold: true});
  }

  function tell() {
    const o = net.layers[at], t = net.totals, [c, h, w] = net.input;
    const [maps, tall, thick] = o.shape;
    const shape = isMap(o) ? `${maps} maps of ${tall}×${thick}` : `${grouped(product(o.shape))} numbers`;
    const share = (100 * o.macs / Math.max(t.macs, 1)).toFixed(1);
    const fact = (name, value) =>
      el('div', {}, el('div', {className: 'quiet', textContent: name}), el('b', {textContent: value}));
    facts.replaceChildren(
      el('div', {style: 'overflow-wrap:anywhere'}, el('b', {textContent: o.kind}), ` ${o.name}`),
      el('div', {style: 'display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:8px'},
        fact('output', shape), fact('parameters', grouped(o.params)),
        fact('multiply-accumulates', `${large(o.macs)}, ${share} %`), fact('activations', memory(o.bytes)),
        fact('a unit sees', `${grouped(o.field)} px`), fact('to the next unit', `${+o.stride.toFixed(2)} px`)));
    total.textContent = `All ${net.layers.length} layers, for an image of ${c}×${h}×${w}: ${large(t.params)} ` +
      `parameters, ${large(t.macs)} multiply-accumulates, ${memory(t.activation_bytes)} of activations.`;
  }

  function update() {
    at = clamp(at, 0, net.layers.length - 1);
    depth.value = at;
    draw();
    tell();
  }
  function toNetwork(name) {
    net = data.networks[name];
    const last = net.layers.length - 1;
    depth = slider('layer', [0, last, 1], 0, i => { at = i; update(); }, i => `${i + 1} of ${last + 1}`);
    holder.replaceChildren(depth.box);
  }
  points(view, x => { at = Math.floor(x * net.layers.length); update(); }, (dx, dy) => { at += dx + dy; update(); });
  const nets = choice('Network', names, data.picked, name => { toNetwork(name); at = 0; update(); });
  const kinds = choice('Bars', Object.keys(what), shown, name => { shown = name; update(); });
  card.append(...(names.length > 1 ? [nets.box] : []),
    titled(view, 'above: a block for each layer, as tall as its map, wider with more channels (a logarithm), pale ' +
      'without weights. Below, a bar of:'),
    kinds.box, holder, facts, total);
  toNetwork(data.picked);
  update();
  return {draw, values: () => ({...net.layers[at], at, shown, value: net.layers[at][what[shown]]})};
}
