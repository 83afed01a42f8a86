// A chat of Socket.IO with the messages in PostgreSQL: what somebody says in a room is stored, then said to the room.
//
//     DATABASE_URL=... node server.js PORT
//
// Written for speed: WebSocket alone, no compression, prepared statements, and all that has come while a commit was under
// way goes into the next one.
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import pg from 'pg';

const commitsUnderWay = 2;

const insert = {
  name: 'insert',
  text: 'INSERT INTO messages (room, author, body) SELECT * FROM unnest($1::int[], $2::int[], $3::text[])',
};

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: commitsUnderWay });
let waiting = [];
let underWay = 0;

async function store() {
  if (underWay === commitsUnderWay || waiting.length === 0) return;
  const batch = waiting;
  waiting = [];
  underWay += 1;
  const column = (name) => batch.map((message) => message[name]);
  await pool.query({ ...insert, values: [column('room'), column('author'), column('body')] });
  underWay -= 1;
  for (const { room, body } of batch) say(room, body);
  store();
}

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, httpCompression: false, serveClient: false });

const say = (room, body) => io.to(room).emit('said', body);

io.on('connection', (socket) => {
  const { room, user } = socket.handshake.auth;
  socket.join(room);
  socket.on('say', (body) => {
    waiting.push({ room, author: user, body });
    setImmediate(store);
  });
});

await pool.query(`
  CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room int NOT NULL, author int NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX ON messages (room, id)`);
http.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });
