import assert from "node:assert/strict";
import { test } from "node:test";
import { placeBubble } from "../../lstmmusic/views/bubble.js";
import { splitHelp } from "../../lstmmusic/views/help.js";
import { PICTURES } from "../../lstmmusic/views/pictures.js";
import { nameOf } from "../../lstmmusic/views/tour.js";

const PAGE = { width: 1280, height: 800 };
const BUBBLE = { width: 310, height: 150 };

const at = (left, top, width, height) => ({ left, top, right: left + width, bottom: top + height });
const covers = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

test("a bubble stands in the window and covers nothing of its target, wherever that is", () => {
  for (const page of [PAGE, { width: 853, height: 533 }, { width: 640, height: 480 }]) {
    for (let x = 0; x + 60 <= page.width; x += 37) {
      for (let y = 0; y + 30 <= page.height; y += 23) {
        const target = at(x, y, 60, 30);
        for (const sides of [undefined, ["right", "below", "above", "left"]]) {
          const { side, left, top, arrow } = placeBubble(target, BUBBLE, page, sides);
          const box = at(left, top, BUBBLE.width, BUBBLE.height);
          assert.ok(!covers(box, target), side);
          assert.ok(left >= 0 && top >= 0 && box.right <= page.width && box.bottom <= page.height);
          assert.ok(arrow > 0 && arrow < (side === "below" || side === "above" ? BUBBLE.width : BUBBLE.height));
        }
      }
    }
  }
});

test("the arrow points at the middle of the target where the corner of the bubble lets it", () => {
  const middle = placeBubble(at(600, 100, 80, 30), BUBBLE, PAGE);
  assert.deepEqual(middle, { side: "below", left: 485, top: 142, arrow: 155 });
  const corner = placeBubble(at(100, 100, 60, 30), BUBBLE, PAGE);
  assert.deepEqual([corner.left, corner.left + corner.arrow], [6, 130]);
  const last = placeBubble(at(1270, 760, 10, 30), BUBBLE, PAGE);
  assert.deepEqual([last.side, last.left + last.arrow], ["above", 1280 - 6 - 18]);
});

test("the first side with room is taken, and without any, the one that lacks least", () => {
  assert.equal(placeBubble(at(100, 300, 200, 30), BUBBLE, PAGE, ["right", "below"]).side, "right");
  assert.equal(placeBubble(at(900, 300, 200, 30), BUBBLE, PAGE, ["right", "below"]).side, "below");
  const large = at(100, 120, 1180, 600); // of which nothing is left beside it
  const { side, left, top } = placeBubble(large, BUBBLE, PAGE);
  assert.deepEqual([side, left >= 0, top], ["above", true, 6]);
  const [above, below] = [at(0, -500, 300, 700), at(0, 700, 300, 900)]; // the part in view counts
  assert.deepEqual([above, below].map((each) => placeBubble(each, BUBBLE, PAGE, ["right"])), [
    { side: "right", left: 312, top: 25, arrow: 75 },
    { side: "right", left: 312, top: 644, arrow: 106 },
  ]);
});

test("a tooltip is a sentence and a default", () => {
  assert.deepEqual(splitHelp("How daring. Default: 1"), ["How daring.", "1"]);
  assert.deepEqual(splitHelp("More is smoother; 0 fits it. Default: 0"), ["More is smoother; 0 fits it.", "0"]);
  assert.deepEqual(splitHelp("Name of this run"), ["Name of this run.", ""]);
  assert.deepEqual(splitHelp("Show the tune before (Ctrl+Z)"), ["Show the tune before (Ctrl+Z)", ""]);
});

test("a bubble of the tour says which it is", () => {
  const stops = ["hear", "choose music"].map((title) => ({ title }));
  assert.equal(nameOf(stops, 1), "Show me, 2 of 2: choose music");
});

test("each picture has words, and shapes that are in it", () => {
  assert.deepEqual(Object.keys(PICTURES), ["temperature", "threshold", "dropout", "length", "rate"]);
  for (const { words, shapes } of Object.values(PICTURES)) {
    assert.ok(words.length > 40);
    assert.ok(shapes.length > 5);
    assert.ok(!/NaN|null|undefined/.test(JSON.stringify(shapes)));
  }
});
