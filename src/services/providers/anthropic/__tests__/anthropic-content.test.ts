import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../core/json.ts';
import { refusalOf } from '../../../chat/__tests__/refusal.ts';
import { toBlocks } from '../anthropic-content.ts';

const blockOf = (part: JsonObject) => toBlocks([part], 'content')[0];
const base64 = (text: string) => Buffer.from(text).toString('base64');
const file = (given: JsonObject) => blockOf({ type: 'file', file: given });
const document = (source: JsonObject, more: JsonObject = {}) => ({ type: 'document', source, ...more });
const cached = { cache_control: { type: 'ephemeral' } };

describe('a message’s content', () => {
  it('is one block of text, none where it is empty, and otherwise a block for each part', () => {
    expect(toBlocks('Hi', 'content')).toEqual([{ type: 'text', text: 'Hi' }]);
    expect(toBlocks('', 'content')).toEqual([]);
    expect(toBlocks(null, 'content')).toEqual([]);
    expect(toBlocks(undefined, 'content')).toEqual([]);
    expect(toBlocks([{ type: 'text', text: '' }], 'content')).toEqual([]);
  });

  it('of a kind that is Anthropic’s own or not known goes through', () => {
    const own = [
      { type: 'image', source: { type: 'file', file_id: 'f' } },
      { type: 'search_result', source: 's', title: 't', content: [] },
      { type: 'hologram', data: 1 },
      'text',
    ];
    expect(toBlocks(own, 'content')).toEqual(own);
    expect(toBlocks({ type: 'text', text: 'Hi' }, 'content')).toEqual([{ type: 'text', text: 'Hi' }]);
    expect(toBlocks(5, 'content')).toEqual([5]);
  });
});

describe('a picture', () => {
  it.each([
    ['https://images.example/a.png', { type: 'url', url: 'https://images.example/a.png' }],
    ['data:image/png;base64,AAAA', { type: 'base64', media_type: 'image/png', data: 'AAAA' }],
    ['data:image/webp;name=a.webp;base64,AAAA', { type: 'base64', media_type: 'image/webp', data: 'AAAA' }],
    [
      'data:image/svg+xml,%3Csvg t="é"/>',
      { type: 'base64', media_type: 'image/svg+xml', data: base64('<svg t="é"/>') },
    ],
  ])('at %s comes from there', (url, source) => {
    expect(blockOf({ type: 'image_url', image_url: { url, detail: 'high' } })).toEqual({
      type: 'image',
      source,
    });
    expect(blockOf({ type: 'image_url', image_url: url })).toEqual({ type: 'image', source });
  });

  it('in a data URL that cannot be read is refused, and named', () => {
    expect(
      refusalOf(() => blockOf({ type: 'image_url', image_url: { url: 'data:image/png' } })),
    ).toMatchObject({ code: 'invalid_value', param: 'content[0].image_url.url' });
    expect(refusalOf(() => file({ file_data: 'data:application/pdf' }))).toMatchObject({
      code: 'invalid_value',
      param: 'content[0].file.file_data',
    });
  });

  it('that is a PDF is a document, and a mark for the cache stays', () => {
    const image_url = { url: 'data:application/pdf;base64,JVBERg==' };
    expect(blockOf({ type: 'image_url', image_url, ...cached })).toEqual({
      ...document({ type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' }),
      ...cached,
    });
  });
});

describe('a file', () => {
  it.each([
    [{ file_id: 'file_1' }, { type: 'file', file_id: 'file_1' }],
    [{ file_url: 'https://files.example/a.pdf' }, { type: 'url', url: 'https://files.example/a.pdf' }],
    [
      { file_data: 'data:application/pdf;base64,JVBERg==' },
      { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
    ],
    [{ file_data: 'JVBERg==' }, { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' }],
    [
      { file_data: `data:text/plain;base64,${base64('Smörgås')}` },
      { type: 'text', media_type: 'text/plain', data: 'Smörgås' },
    ],
    [
      { file_data: 'data:text/plain,Sm%C3%B6rg%C3%A5s' },
      { type: 'text', media_type: 'text/plain', data: 'Smörgås' },
    ],
    [
      { file_data: `data:text/csv;base64,${base64('a,b')}` },
      { type: 'text', media_type: 'text/plain', data: 'a,b' },
    ],
    [
      { file_data: 'as it is', mime_type: 'text/plain' },
      { type: 'text', media_type: 'text/plain', data: 'as it is' },
    ],
    [
      { file_data: 'UEsDBA==', mime_type: 'application/zip' },
      { type: 'base64', media_type: 'application/zip', data: 'UEsDBA==' },
    ],
  ])('%j is a document', (given, source) => {
    expect(file(given)).toEqual(document(source));
    expect(file({ ...given, filename: 'a name' })).toEqual(document(source, { title: 'a name' }));
  });

  it('that is a picture is one, whether it comes in a data URL or bare', () => {
    const picture = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
    expect(file({ file_data: 'data:image/png;base64,AAAA', filename: 'a.png' })).toEqual(picture);
    expect(file({ file_data: 'AAAA', mime_type: 'image/png' })).toEqual(picture);
  });

  it('keeps its mark for the cache', () => {
    expect(blockOf({ type: 'file', file: { file_id: 'f' }, ...cached })).toEqual({
      ...document({ type: 'file', file_id: 'f' }),
      ...cached,
    });
  });
});
