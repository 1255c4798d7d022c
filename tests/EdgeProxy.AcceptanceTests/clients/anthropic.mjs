import Anthropic from '@anthropic-ai/sdk';
import { args, run } from './outcome.mjs';

// The SDK adds /v1 itself.
const client = new Anthropic({ apiKey: 'test', baseURL: args.baseUrl.replace(/\/v1$/, ''), maxRetries: args.maxRetries });
const messages = { model: 'claude', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };

async function read(stream, outcome) {
  for await (const event of stream) {
    outcome.events++;
    outcome.text += event.delta?.text ?? '';
    outcome.finish = event.delta?.stop_reason ?? outcome.finish;
  }
}

await run({
  messages: async (outcome) => read(await client.messages.create({ ...messages, stream: true }), outcome),
  messagesHelper: async (outcome) => {
    const stream = client.messages.stream(messages);
    await read(stream, outcome);
    outcome.final = (await stream.finalMessage()).content[0].text;
  },
});
