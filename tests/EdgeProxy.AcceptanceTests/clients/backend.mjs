// A chat backend in a process of its own, so that it can be killed. It is started with one JSON argument,
// {port, thinkMs, words, pauseMs}, prints its port, and takes a mode on each line of its standard input:
//   well, throttled (429 with Retry-After: 1), failing (503), stalled (nothing more is written, nor begun).
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const { port, thinkMs, words, pauseMs } = JSON.parse(process.argv[2]);
let mode = 'well';
createInterface({ input: process.stdin }).on('line', (line) => { mode = line.trim(); }).on('close', () => process.exit(0));

const chunk = (delta, finish) => `data: ${JSON.stringify({
  id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }],
})}\n\n`;

const server = createServer(async (request, response) => {
  let body = '';
  for await (const piece of request) {
    body += piece;
  }

  const question = JSON.parse(body).messages[0].content;
  if (mode === 'throttled' || mode === 'failing') {
    const status = mode === 'throttled' ? 429 : 503;
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 429 ? { 'retry-after': '1' } : {}) });
    response.end(JSON.stringify({ error: { message: `${mode} on purpose`, type: 'server_error', param: null, code: mode } }));
    return;
  }

  let word = -Math.round(thinkMs / pauseMs);
  const timer = setInterval(() => {
    if (mode === 'stalled') {
      return;
    }

    if (word < 0) {
      word++;
      return;
    }

    if (word === 0) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
    }

    if (word < words) {
      response.write(chunk({ content: `${question}-${word++} ` }, null));
      return;
    }

    clearInterval(timer);
    response.end(chunk({}, 'stop') + 'data: [DONE]\n\n');
  }, pauseMs);
  response.on('close', () => clearInterval(timer));
});
server.listen(port, '127.0.0.1', () => console.log(server.address().port));
