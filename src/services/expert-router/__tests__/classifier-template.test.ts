import { describe, expect, it } from 'vitest';
import { fillTemplate } from '../classifier-template.ts';

const fill = (template: string, context = '', prompt = 'hi') => fillTemplate(template, { prompt, context });

describe('a classifier’s template', () => {
  it('without markers is the instructions, and the prompt is the message', () => {
    expect(fill('Classify.\n')).toEqual({ system: 'Classify.', user: 'hi' });
  });

  it.each(['{{USER_PROMPT}}', '{{user_prompt}}', '{{ user_prompt }}'])('is split at %s', (marker) => {
    expect(fill(`Classify.\n${marker}`)).toEqual({ system: 'Classify.', user: 'hi' });
  });

  it('keeps what it has after the marker, which the source system threw away', () => {
    expect(fill('Classify.\n{{USER_PROMPT}}\nAnswer in JSON.')).toEqual({
      system: 'Classify.',
      user: 'hi\nAnswer in JSON.',
    });
  });

  it.each(['{{USER_PROMPT}}', '{{user_prompt}}'])('keeps the frame around %s with it', (marker) => {
    expect(fill(`Classify.\n\n---\nUser Prompt:\n${marker}\n---\n\nNow answer.`)).toEqual({
      system: 'Classify.',
      user: '---\nUser Prompt:\nhi\n---\n\nNow answer.',
    });
    expect(fill(`Classify.\r\n---\r\nUser Prompt:\r\n${marker}\r\n---`)).toEqual({
      system: 'Classify.',
      user: '---\r\nUser Prompt:\r\nhi\r\n---',
    });
  });

  it('may begin with its marker: all of it is the message then', () => {
    expect(fill('{{USER_PROMPT}}\nClassify the text above.')).toEqual({
      system: '',
      user: 'hi\nClassify the text above.',
    });
  });

  it.each(['{{CONVERSATION_CONTEXT}}', '{{conversation_context}}'])(
    'takes the context at %s, and none of it into the instructions (M5)',
    (marker) => {
      const template = `Classify.\n\n${marker}\n---\nLatest User Prompt:\n{{USER_PROMPT}}\n---\nNow answer.`;
      expect(fill(template, '[User]: before')).toEqual({
        system: 'Classify.',
        user: '[User]: before\n---\nLatest User Prompt:\nhi\n---\nNow answer.',
      });
      expect(fill(template)).toEqual({
        system: 'Classify.',
        user: '---\nLatest User Prompt:\nhi\n---\nNow answer.',
      });
    },
  );

  it('has the context in front of the prompt where it has no marker for it (M5)', () => {
    const framed = '[User]: before\n\n---\nLatest User Prompt:\nhi';
    expect(fill('Classify.', '[User]: before')).toEqual({ system: 'Classify.', user: framed });
    expect(fill('Classify. {{USER_PROMPT}}', '[User]: before')).toEqual({
      system: 'Classify.',
      user: framed,
    });
    expect(fill('Classify.\n---\nUser Prompt:\n{{USER_PROMPT}}\n---', '[User]: before').user).toBe(
      '[User]: before\n\n---\nUser Prompt:\nhi\n---',
    );
  });

  it('has the prompt at its end where it has a marker for the context only', () => {
    expect(fill('Classify.\n{{CONVERSATION_CONTEXT}}\nAnswer in JSON.', '[User]: before')).toEqual({
      system: 'Classify.',
      user: '[User]: before\nAnswer in JSON.\n\n---\nLatest User Prompt:\nhi',
    });
  });

  it('leaves a marker that a client wrote as it is, and dollar signs, too', () => {
    const template = 'Classify.\n{{CONVERSATION_CONTEXT}}\n{{USER_PROMPT}}';
    expect(fill(template, '{{USER_PROMPT}} $&', '{{CONVERSATION_CONTEXT}} $1').user).toBe(
      '{{USER_PROMPT}} $&\n{{CONVERSATION_CONTEXT}} $1',
    );
  });
});
