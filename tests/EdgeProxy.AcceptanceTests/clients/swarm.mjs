// Asks many questions through the npm openai client, some at a time, and counts what a program around it would have seen.
// Its argument: {baseUrl, questions, atOnce, words, patienceMs}. It prints one line of JSON: {whole, truncated, hung, errors: {code: n}, untyped: [...]}.
import OpenAI, { APIError } from 'openai';
import { args } from './outcome.mjs';

const client = new OpenAI({ apiKey: 'test', baseURL: args.baseUrl, maxRetries: 0, timeout: args.patienceMs });
const counts = { whole: 0, truncated: 0, hung: 0, errors: {}, untyped: [] };
let next = 0;

async function ask(question) {
  let text = '';
  let finish = null;
  const stream = await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: question }], stream: true });
  for await (const event of stream) {
    text += event.choices[0]?.delta?.content ?? '';
    finish = event.choices[0]?.finish_reason ?? finish;
  }

  const expected = Array.from({ length: args.words }, (_, word) => `${question}-${word} `).join('');
  counts[text === expected && finish === 'stop' ? 'whole' : 'truncated']++;
}

async function asker() {
  while (next < args.questions) {
    const question = `q${next++}`;
    let timer;
    const patience = new Promise((resolve) => { timer = setTimeout(() => resolve('hung'), args.patienceMs); });
    const end = await Promise.race([patience, ask(question).catch((error) => {
      if (error instanceof APIError && (error.code || error.status)) {
        const name = `${error.code ?? error.status}`;
        counts.errors[name] = (counts.errors[name] ?? 0) + 1;
      } else {
        counts.untyped.push(`${error.constructor.name}: ${error.message}`);
      }
    })]);
    clearTimeout(timer);
    if (end === 'hung') {
      counts.hung++;
    }
  }
}

await Promise.all(Array.from({ length: args.atOnce }, asker));
process.stdout.write(JSON.stringify(counts) + '\n');
process.exit(0);
