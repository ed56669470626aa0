// What scrolls sideways can be reached and scrolled by keyboard, and nothing else stops the Tab key.
const SCROLLS = 'pre, mjx-container[display="true"], .text_html, .pst-scrollable-table-container, .cell_output';
function reachable() {
  for (const o of document.querySelectorAll(SCROLLS)) {
    const wide = o.scrollWidth > o.clientWidth + 1 && getComputedStyle(o).overflowX !== 'visible';
    if (wide) o.tabIndex = 0;
    else if (o.getAttribute('tabindex') === '0') o.removeAttribute('tabindex');
  }
}
let waiting;
function soon() { clearTimeout(waiting); waiting = setTimeout(reachable, 150); }
addEventListener('load', soon);
addEventListener('resize', soon);
addEventListener('toggle', soon, true);
window.MathJax?.startup?.promise?.then(soon);
