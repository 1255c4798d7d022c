import OpenAI from 'openai';
import { args, run } from './outcome.mjs';

const client = new OpenAI({ apiKey: 'test', baseURL: args.baseUrl, maxRetries: args.maxRetries });
const chat = { model: 'gpt', messages: [{ role: 'user', content: 'hi' }], stream: true };
const responses = { model: 'gpt', input: 'hi', stream: true };

async function readChat(stream, outcome) {
  for await (const chunk of stream) {
    outcome.events++;
    outcome.text += chunk.choices[0]?.delta?.content ?? '';
    outcome.finish = chunk.choices[0]?.finish_reason ?? outcome.finish;
  }
}

async function readResponses(stream, outcome) {
  for await (const event of stream) {
    outcome.events++;
    if (event.type === 'response.output_text.delta') {
      outcome.text += event.delta;
    }
    outcome.finish = event.response?.status ?? outcome.finish;
  }
}

await run({
  chat: async (outcome) => readChat(await client.chat.completions.create(chat), outcome),
  chatHelper: async (outcome) => {
    const stream = client.chat.completions.stream(chat);
    await readChat(stream, outcome);
    outcome.final = (await stream.finalChatCompletion()).choices[0].message.content;
  },
  responses: async (outcome) => readResponses(await client.responses.create(responses), outcome),
  responsesHelper: async (outcome) => {
    const stream = client.responses.stream(responses);
    await readResponses(stream, outcome);
    outcome.final = (await stream.finalResponse()).output_text;
  },
  images: async (outcome) => {
    const stream = await client.images.generate({ model: 'gpt-image-1', prompt: 'a cat', stream: true, partial_images: 2 });
    for await (const event of stream) {
      outcome.events++;
      outcome.text += `${event.type}:${event.b64_json.length}\n`;
      outcome.finish = event.type;
    }
  },
});
