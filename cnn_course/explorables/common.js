// What the explorables share: numbers, drawing, controls, and the start. No library, no address outside the page.
// Each explorable stands in a file of its own, which defines `build(card, data)`. `start` below calls it.

const COLOURS = {card: '#f7f6f2', ink: '#222222', quiet: '#6a6a6a', line: '#cfccc2', white: '#ffffff',
                 blue: '#1f4fc4', orange: '#c2410c', green: '#0f7d5a', purple: '#b3279d'};

// ---- numbers

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const product = ns => ns.reduce((a, b) => a * b, 1);
const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

function halves(text) { // numbers in half precision (IEEE 754 binary16) as base64
  const one = h => {
    const sign = h >> 15 ? -1 : 1, e = h >> 10 & 31, f = h & 1023;
    if (e === 31) return f ? NaN : sign * Infinity;
    return sign * (e ? 2 ** (e - 15) * (1 + f / 1024) : 2 ** -24 * f);
  };
  return Float64Array.from(new Uint16Array(bytes(text).buffer), one);
}

function fixed(x, digits = 2) { // as text, with a true minus sign and no negative zero
  const text = x.toFixed(digits);
  return +text === 0 ? (0).toFixed(digits) : text.replace('-', '−');
}
const grouped = n => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
function large(n) { // 12,345,678 as 12.3 M
  const [unit, name] = n >= 1e9 ? [1e9, ' G'] : n >= 1e6 ? [1e6, ' M'] : n >= 1e4 ? [1e3, ' k'] : [1, ''];
  return unit === 1 ? grouped(n) : (n / unit).toFixed(n / unit < 10 ? 2 : n / unit < 100 ? 1 : 0) + name;
}

// A map is {c, h, w, v}: channels, height, width, and the numbers in one row.
function correlate({c, h, w, v}, weight, bias, size, padding) { // weight (co, c, size, size), bias (co), or null
  const co = weight.length / (c * size * size), rows = h + 2 * padding - size + 1, cols = w + 2 * padding - size + 1;
  const out = new Float64Array(co * rows * cols);
  for (let o = 0; o < co; o++) for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) {
    let sum = bias ? bias[o] : 0;
    for (let k = 0; k < c; k++) for (let a = 0; a < size; a++) {
      const y = i + a - padding;
      if (y < 0 || y >= h) continue;
      for (let b = 0; b < size; b++) {
        const x = j + b - padding;
        if (x >= 0 && x < w) sum += weight[((o * c + k) * size + a) * size + b] * v[(k * h + y) * w + x];
      }
    }
    out[(o * rows + i) * cols + j] = sum;
  }
  return {c: co, h: rows, w: cols, v: out};
}

// ---- elements and controls

function el(tag, props = {}, ...kids) { // properties of an element, or attributes where there is no such property
  const res = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) k in res && k !== 'style' ? res[k] = v : res.setAttribute(k, v);
  res.append(...kids);
  return res;
}

function slider(name, [low, high, step], value, change, show = String) {
  const input = el('input', {type: 'range', min: low, max: high, step, value, 'aria-label': name}), shown = el('b');
  const tell = () => {
    shown.textContent = show(+input.value);
    input.setAttribute('aria-valuetext', shown.textContent);
  };
  input.addEventListener('input', () => { tell(); change(+input.value); });
  tell();
  return {box: el('label', {className: 'slider'}, el('span', {}, name, ' ', shown), input), input,
          get value() { return +input.value; },
          set value(v) { input.value = v; tell(); }};
}

function choice(name, options, picked, change) { // one of several, as buttons; `picked` may be none of them
  const buttons = options.map(o => el('button', {type: 'button', textContent: o}));
  const mark = () => buttons.forEach((b, i) => b.setAttribute('aria-pressed', options[i] === picked));
  buttons.forEach((b, i) => b.addEventListener('click', () => { picked = options[i]; mark(); change(picked); }));
  mark();
  return {box: el('div', {className: 'choice', role: 'group', 'aria-label': name}, ...buttons),
          get value() { return picked; },
          set value(v) { picked = v; mark(); }};
}

function tick(name, on, change) {
  const input = el('input', {type: 'checkbox', checked: on});
  input.addEventListener('change', () => change(input.checked));
  return {box: el('label', {className: 'tick'}, input, name), get value() { return input.checked; }};
}

const button = (name, press) => {
  const res = el('button', {type: 'button', textContent: name});
  res.addEventListener('click', press);
  return res;
};

// ---- drawing

function canvas(width, height, label) { // so many pixels of its own, and on the page as wide as there is room
  const res = el('canvas', {width, height, role: 'img', 'aria-label': label});
  res.pen = res.getContext('2d');
  return res;
}

const titled = (picture, ...text) => el('figure', {}, picture, el('figcaption', {}, ...text));

const GREY = v => [255 * v, 255 * v, 255 * v];
const mix = (a, b, t) => a.map((x, i) => x + (b[i] - x) * t);
const SIGNED = v => mix([255, 255, 255], v < 0 ? [31, 79, 196] : [194, 65, 12], Math.min(Math.abs(v), 1)); // blue, red

function paint(pen, w, h, colour, [x, y, width, height]) { // colour(i) of pixel number i, enlarged into a box
  const small = el('canvas', {width: w, height: h}), data = small.getContext('2d').createImageData(w, h);
  for (let i = 0; i < w * h; i++) data.data.set([...colour(i).map(Math.round), 255], 4 * i);
  small.getContext('2d').putImageData(data, 0, 0);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, x, y, width, height);
}

const unit = pen => pen.canvas.width / (pen.canvas.clientWidth || 700); // a pixel of the page, in those of the canvas

function write(pen, text, x, y, {size = 24, colour = COLOURS.ink, align = 'left', bold = false} = {}) {
  pen.font = `${bold ? '600 ' : ''}${size}px system-ui, sans-serif`;
  [pen.fillStyle, pen.textAlign, pen.textBaseline] = [colour, align, 'middle'];
  pen.fillText(text, x, y);
}

function frame(pen, [x, y, w, h], colour, width = 3) {
  [pen.strokeStyle, pen.lineWidth] = [colour, width];
  pen.strokeRect(x, y, w, h);
}

// Hand over where the pointer is, as shares of width and height, and arrows as steps (across, down)
function points(target, at, step, {drag = false} = {}) {
  const tell = e => {
    const box = target.getBoundingClientRect();
    at(clamp((e.clientX - box.left) / box.width, 0, .99999), clamp((e.clientY - box.top) / box.height, 0, .99999), e);
  };
  target.tabIndex = 0;
  target.setAttribute('role', 'application');
  target.style.touchAction = drag ? 'none' : 'pan-y';
  target.addEventListener('pointerdown', e => {
    target.setPointerCapture(e.pointerId);
    target.focus({preventScroll: true});
    tell(e);
  });
  target.addEventListener('pointermove', e => { if (!drag || e.buttons) tell(e); });
  target.addEventListener('keydown', e => {
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[e.key];
    if (!way || !step) return;
    e.preventDefault();
    const n = e.shiftKey ? 5 : 1;
    step(way[0] * n, way[1] * n);
  });
}

// ---- the look

const STYLE = `
:host { all: initial; display: block; color-scheme: light }
* { box-sizing: border-box }
.card { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; max-width: 740px; padding: 16px;
  border-radius: 10px; background: ${COLOURS.card}; color: ${COLOURS.ink}; font: 14px/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums }
.row { display: flex; flex-wrap: wrap; gap: 12px 20px; align-items: center }
.two { display: grid; grid-template-columns: 1fr 1fr; gap: 12px }
.two > *, .row > * { min-width: 0 }
.grow { flex: 1 1 200px }
figure { margin: 0 }
figcaption, .quiet { color: ${COLOURS.quiet}; font-size: 13px }
figcaption { margin-top: 5px } /* the ring of a canvas that has the focus is 5 pixels wide */
canvas { display: block; width: 100%; height: auto; border-radius: 6px }
canvas[tabindex] { cursor: crosshair }
button { font: inherit; font-size: 13px; padding: 4px 11px; border: 1px solid #8b887e; border-radius: 99px;
  background: #fff; color: inherit; cursor: pointer }
button:hover { border-color: ${COLOURS.blue} }
button[aria-pressed=true] { background: ${COLOURS.blue}; border-color: ${COLOURS.blue}; color: #fff }
.choice { display: flex; flex-wrap: wrap; gap: 6px }
.slider { display: grid; gap: 2px; flex: 1 1 105px }
b { font-weight: 600 }
input[type=range] { width: 100%; margin: 4px 0; accent-color: ${COLOURS.blue} }
input[type=number] { font: inherit; width: 100%; padding: 5px 2px; text-align: center; border: 1px solid #8b887e;
  border-radius: 6px; background: #fff; color: inherit; appearance: textfield; -moz-appearance: textfield }
input::-webkit-inner-spin-button { display: none }
input:invalid { border-color: ${COLOURS.orange}; background: #fff1ea }
.tick { display: flex; gap: 6px; align-items: center }
.tick input { margin: 0; width: 16px; height: 16px; accent-color: ${COLOURS.blue} }
.formula { font-size: 17px; line-height: 1.6 }
:focus-visible { outline: 3px solid ${COLOURS.orange}; outline-offset: 2px }
`;

// ---- the start

function start(name, data) { // bring to life each place on the page that waits for this explorable
  for (const root of document.querySelectorAll(`[data-explorable="${name}"]:not([data-live])`)) {
    root.setAttribute('data-live', '');
    const card = el('div', {className: 'card'}), still = root.querySelector('.explorable-still');
    const host = el('div', {'data-lm-suppress-shortcuts': 'true'}); // JupyterLab leaves the keys to us
    host.attachShadow({mode: 'open'}).append(el('style', {textContent: STYLE}), card);
    root.append(host);
    try {
      root.explorable = build(card, data);
      still.style.display = 'none';
      const colab = window.google?.colab?.output?.setIframeHeight;
      new ResizeObserver(() => {
        root.explorable.draw?.(); // letters keep their size
        colab?.(document.documentElement.scrollHeight, true);
      }).observe(card);
    } catch (e) { // the still picture stays
      host.remove();
      console.error(e);
    }
  }
}
