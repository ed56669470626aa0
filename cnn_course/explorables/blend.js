// Two photos and their labels, blended by Mixup or with a box of CutMix.
// data: photos [{w, h, v: bytes as base64}, ...], labels, kind, lam, centre [x, y]

function build(card, data) {
  const [a, b] = data.photos.map(o => bytes(o.v)), {w, h} = data.photos[0], zoom = 4;
  let {kind, lam, centre} = data, share, box;
  const out = new Uint8ClampedArray(a.length);
  const views = ['The first photo', 'The second photo', 'The blend. With CutMix the arrow keys move the box']
    .map(o => canvas(w * zoom, h * zoom, o));
  const bars = [COLOURS.blue, COLOURS.orange].map(c => el('div', {style: `height:20px;background:${c}`}));
  const label = el('div', {className: 'formula', role: 'status'}), remark = el('div', {className: 'quiet'});
  const even = x => Math.abs(x % 1) === .5 && Math.round(x) % 2 ? Math.round(x) - 1 : Math.round(x); // Python's round

  function cut() { // √(1 − λ) of each side long, clipped to the photo
    const [halfW, halfH] = [w, h].map(n => Math.floor(even(n * Math.sqrt(1 - lam)) / 2)), [x, y] = centre;
    return [Math.max(x - halfW, 0), Math.max(y - halfH, 0), Math.min(x + halfW, w), Math.min(y + halfH, h)];
  }
  function blend() {
    if (kind === 'Mixup') {
      [box, share] = [null, lam];
      a.forEach((v, i) => { out[i] = even(b[i] + lam * (v - b[i])); });
      return;
    }
    box = cut();
    const [left, top, right, bottom] = box;
    share = 1 - (right - left) * (bottom - top) / (w * h);
    out.set(a);
    for (let y = top; y < bottom; y++) out.set(b.subarray(3 * (y * w + left), 3 * (y * w + right)), 3 * (y * w + left));
  }
  function tell() {
    const other = Math.abs(share - lam) > .01, [wide, high] = box ? [box[2] - box[0], box[3] - box[1]] : [];
    label.replaceChildren('label: ', el('b', {textContent:
      `${fixed(share)} ${data.labels[0]} + ${fixed(1 - share)} ${data.labels[1]}`}));
    remark.textContent = !box ? 'Every pixel is λ times the first photo and 1 − λ times the second.'
      : `A box of ${wide}×${high} of ${w}×${h} pixels. ` +
        (other ? `The share that is left of the first photo is ${fixed(share)}, and not λ = ${fixed(lam)}.`
         : 'Drag it over the rim, and the label follows.');
  }
  function update() {
    blend();
    const full = [0, 0, w * zoom, h * zoom];
    [a, b, out].forEach((o, k) => paint(views[k].pen, w, h, i => o.subarray(3 * i, 3 * i + 3), full));
    if (box && box[2] > box[0] && box[3] > box[1]) {
      const [left, top, right, bottom] = box.map(v => v * zoom);
      frame(views[2].pen, [left, top, right - left, bottom - top], COLOURS.white, 7);
      frame(views[2].pen, [left, top, right - left, bottom - top], COLOURS.orange, 4);
    }
    bars.forEach((o, i) => { o.style.width = `${100 * (i ? 1 - share : share)}%`; });
    tell();
  }
  const kinds = choice('Kind', ['Mixup', 'CutMix'], kind, v => { kind = v; update(); });
  const change = v => { lam = v; update(); };
  const lams = slider('λ, the share of the first photo', [0, 1, .01], lam, change, v => v.toFixed(2));
  const move = (x, y) => { centre = [clamp(x, 0, w), clamp(y, 0, h)]; if (kind === 'CutMix') update(); };
  points(views[2], (x, y, e) => {
    if (e.type === 'pointerdown' || e.buttons) move(Math.floor(x * w), Math.floor(y * h));
  }, (dx, dy) => move(centre[0] + dx, centre[1] + dy));
  card.append(el('div', {className: 'row'}, kinds.box, lams.box),
    el('div', {className: 'row', style: 'align-items:flex-start'},
      el('div', {style: 'flex:1 1 270px;display:grid;gap:12px'},
        el('div', {className: 'two'}, titled(views[0], data.labels[0]), titled(views[1], data.labels[1])),
        el('div', {style: 'display:flex;border-radius:6px;overflow:hidden'}, ...bars), label, remark),
      el('div', {style: 'flex:1 1 300px'}, titled(views[2], 'the blend'))));
  update();
  return {values: () => ({kind, lam, centre: centre.slice(), share, box, pixels: [...out]})};
}
