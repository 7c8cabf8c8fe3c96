// Files other than web pages: how they are read, and what they say.

import { c, camel, counted, takeJson } from './libaion.mjs';

/** The limits of a document, and how C names them; 0 is the default. */
const LIMITS = {
  maxBytes: 'max_bytes',
  maxUnpackedBytes: 'max_unpacked_bytes',
  maxTextBytes: 'max_text_bytes',
  maxPages: 'max_pages',
  maxCells: 'max_cells',
  maxPictures: 'max_pictures',
  maxPicturePixels: 'max_picture_pixels',
};

/** The options of a document as C takes them. */
export function documentOptions({ name = '', contentType = '', url = '', ...limits }) {
  const options = c.aion_document_options_default();
  Object.assign(options, counted('name', name), counted('content_type', contentType), counted('url', url));
  for (const [limit, value] of Object.entries(limits)) {
    if (!(limit in LIMITS)) throw new TypeError(`a document has no setting ${limit}`);
    if (value !== undefined) options[LIMITS[limit]] = value;
  }
  return options;
}

/** A document of C as an object, and freed. */
export function takeDocument(document) {
  const { extracted, ...rest } = takeJson(document, c.aion_document_to_json, c.aion_document_free);
  return { ...rest, extracted: camel(extracted) };
}
