import { GoogleGenAI } from '@google/genai';
import { args, run } from './outcome.mjs';

const client = new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: args.baseUrl.replace(/\/v1$/, '') } });

await run({
  generateContentStream: async (outcome) => {
    const stream = await client.models.generateContentStream({ model: 'gemini-2.5-flash', contents: 'hi' });
    for await (const chunk of stream) {
      outcome.events++;
      outcome.text += chunk.candidates?.[0]?.content?.parts?.map((part) => part.text ?? '').join('') ?? '';
      outcome.finish = chunk.candidates?.[0]?.finishReason ?? outcome.finish;
    }
  },
});
