import { versionOf } from './versions.js';
import { startEjabberd } from './ejabberd.js';
import { withDatabase } from './database.js';

const schema = '/usr/share/ejabberd/sql/pg.sql';

const database = ({ hostname, port, username, password }) => `
sql_type: pgsql
sql_server: "${hostname}"
sql_port: ${port}
sql_database: "peer"
sql_username: "${username}"
sql_password: "${password}"
sql_pool_size: 10`;

const modules = `
  mod_mam:
    db_type: sql
    default: never # rooms alone, as wanted`;

export default {
  name: 'ejabberd, mod_mam',
  stores: 'in PostgreSQL, one commit a message',
  protocol: 'xmpp',
  version: () => versionOf('ejabberd'),
  start: () => withDatabase((opened) => {
    opened.sql('-f', schema);
    return startEjabberd({ DATABASE: database(opened.url), MODULES: modules, STORED: 'true' });
  }),
};
