// Reads a picture: its size, its first words, and the caption that fits it best.
//
//     node parse_image.mjs PICTURE
//
// Captions need AION_CLIP_MODEL_PATH, and mostly ORT_DYLIB_PATH.

import { Aion, AionError } from './aion.mjs';

const CAPTIONS = ['a red circle', 'a letter', 'a receipt', 'a screenshot', 'a poster'];

const [path] = process.argv.slice(2);
if (!path) {
  console.error('usage: node parse_image.mjs PICTURE');
  process.exit(1);
}

const aion = new Aion();
try {
  const clip = Boolean(process.env.AION_CLIP_MODEL_PATH);
  const image = await aion.parseImage(path, { clip });
  console.log(`${image.width} x ${image.height} pixels`);
  console.log(`text, ${Math.round(100 * image.ocr.confidence)} % sure: ${image.ocrText.slice(0, 60)}`);
  for (const { text, confidence, bounds } of image.ocr.pages[0].words.slice(0, 4)) {
    console.log(`  ${text.padEnd(12)} ${Math.round(100 * confidence)} % at (${bounds.x}, ${bounds.y})`);
  }
  if (clip) console.log('nearest caption:', await nearestCaption(image.clipVector));
} catch (error) {
  if (!(error instanceof AionError)) throw error;
  console.error(`${error.kind}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await aion.close();
}

// The vectors are unit vectors, so the largest dot product is the nearest.
async function nearestCaption(picture) {
  const texts = await Promise.all(CAPTIONS.map((caption) => aion.embedClipText(caption)));
  const likeness = texts.map((text) => text.reduce((sum, x, i) => sum + x * picture[i], 0));
  const best = likeness.indexOf(Math.max(...likeness));
  return `${CAPTIONS[best]} (${likeness[best].toFixed(3)})`;
}
