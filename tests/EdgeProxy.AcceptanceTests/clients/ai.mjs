import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { args, run } from './outcome.mjs';

const openai = createOpenAI({ apiKey: 'test', baseURL: args.baseUrl });

async function read(model, outcome) {
  const result = streamText({ model, prompt: 'hi', maxRetries: args.maxRetries, onError: () => {} });
  for await (const part of result.fullStream) {
    outcome.events++;
    if (part.type === 'text-delta') {
      outcome.text += part.text;
    } else if (part.type === 'finish') {
      outcome.finish = part.finishReason;
    } else if (part.type === 'error') {
      throw typeof part.error === 'object' ? part.error : new Error(String(part.error));
    }
  }
}

await run({
  chat: (outcome) => read(openai.chat('gpt'), outcome),
  responses: (outcome) => read(openai.responses('gpt'), outcome),
});
