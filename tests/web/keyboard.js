// Somebody who has a keyboard and no mouse, and has to see where they are.
import assert from 'node:assert/strict';

const kStopsMax = 150;

/** Where the focus is, and what is wrong with that. Runs in the page. */
function lookAtFocus(wanted) {
  const focused = document.activeElement;
  const html = focused.outerHTML.slice(0, 160);
  if (focused === document.body) return { html, reached: false, problem: '' }; // on its way through the browser's own bar
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const box = focused.getBoundingClientRect();
  const middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  const atMiddle = document.elementFromPoint(...middle);
  const problems = [];
  if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) problems.push('has no outline');
  if (box.width === 0 || box.height === 0) problems.push('has no size');
  // Something taller than the window has its middle anywhere.
  if (box.height < innerHeight && !(focused.contains(atMiddle) || atMiddle?.contains(focused)))
    problems.push(`is covered by ${atMiddle?.outerHTML.slice(0, 80) ?? 'the edge of the window'}`);
  return { html, reached: focused === wanted, problem: problems.join(', ') };
}

/** Goes on with Tab (or `key`) until the element has the focus; every stop on the way has to be seen. */
export async function tabTo(page, locator, key = 'Tab') {
  await locator.waitFor();
  const stops = [];
  for (let presses = 0; presses < kStopsMax; presses += 1) {
    await page.keyboard.press(key);
    const { html, reached, problem } = await locator.evaluate(lookAtFocus);
    assert.equal(problem, '', `the focus is on ${html}`);
    if (reached) return;
    stops.push(html);
  }
  assert.fail(`no way to ${locator} with ${key}: ${stops.join('\n')}`);
}

export async function press(page, locator, key = 'Enter') {
  await tabTo(page, locator);
  await page.keyboard.press(key);
}

/** Once the element has the focus. */
export const focused = (page, locator) => locator.and(page.locator(':focus')).waitFor();

/** However often Tab is pressed, the focus does not get behind the open dialog. */
export async function staysInDialog(page) {
  const stops = await page
    .locator('dialog')
    .evaluate(dialog => dialog.querySelectorAll('button, input, select, textarea, a').length);
  const outside = () =>
    page.evaluate(() => {
      const { activeElement: focused, body } = document;
      return focused === body || focused.closest('dialog') ? '' : focused.outerHTML;
    });
  assert.equal(
    await page.evaluate(() => document.activeElement.closest('dialog') !== null),
    true,
    'a dialog takes the focus',
  );
  for (const key of ['Tab', 'Shift+Tab'])
    for (let presses = 0; presses < 2 * stops + 2; presses += 1) {
      await page.keyboard.press(key);
      assert.equal(await outside(), '');
    }
}
