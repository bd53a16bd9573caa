// Writes small `.mmdb` files (MaxMind DB format 2.0): the geography of a test, without downloading the world.

const [STRING, DOUBLE, UINT16, UINT32, MAP, UINT64, ARRAY] = [2, 3, 5, 6, 7, 9, 11];
const SEPARATOR = Buffer.alloc(16);

/** A table of `[{network: '1.2.3.0/24', record: {…}}]`; records hold texts and numbers with a fraction. */
export function mmdb(type, entries) {
  const nodes = [[null, null]];
  const data = [];
  let size = 0;
  for (const { network, record } of entries) {
    const bytes = map(record);
    insert(nodes, bits(network), { at: size });
    data.push(bytes);
    size += bytes.length;
  }
  const tree = Buffer.concat(nodes.map((node) => Buffer.concat(node.map((child) => pointer(child, nodes.length)))));
  return Buffer.concat([tree, SEPARATOR, ...data, Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'), metadata(type, nodes.length)]);
}

function insert(nodes, path, leaf) {
  let node = nodes[0];
  for (const bit of path.slice(0, -1)) {
    if (node[bit] === null) node[bit] = nodes.push([null, null]) - 1;
    node = nodes[node[bit]];
  }
  node[path.at(-1)] = leaf;
}

/** IPv4 stands at ::/96 of the tree. */
function bits(network) {
  const [address, length] = network.split('/');
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const text = '0'.repeat(96) + number.toString(2).padStart(32, '0');
  return [...text.slice(0, 96 + Number(length))].map(Number);
}

function pointer(child, count) {
  const value = child === null ? count : (child.at === undefined ? child : count + SEPARATOR.length + child.at);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function metadata(type, count) {
  const numbers = [
    ['binary_format_major_version', UINT16, 2], ['binary_format_minor_version', UINT16, 0], ['ip_version', UINT16, 6],
    ['record_size', UINT16, 32], ['node_count', UINT32, count], ['build_epoch', UINT64, Math.floor(Date.now() / 1000)],
  ];
  return Buffer.concat([
    head(MAP, 9), ...numbers.flatMap(([name, kind, value]) => [text(name), unsigned(kind, value)]),
    text('database_type'), text(type), text('description'), head(MAP, 0), text('languages'), head(ARRAY, 0),
  ]);
}

function map(record) {
  const fields = Object.entries(record);
  const value = (one) => (typeof one === 'number' ? double(one) : text(one));
  return Buffer.concat([head(MAP, fields.length), ...fields.flatMap(([name, one]) => [text(name), value(one)])]);
}

/** Type and size; types above 7 take a second byte. */
function head(kind, size) {
  const [first, more] = size < 29 ? [size, []] : [29, [size - 29]];
  return Buffer.from(kind > MAP ? [first, kind - MAP, ...more] : [(kind << 5) | first, ...more]);
}

function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([head(STRING, bytes.length), bytes]);
}

function double(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Buffer.concat([head(DOUBLE, 8), bytes]);
}

function unsigned(kind, value) {
  const hex = value.toString(16);
  const bytes = value === 0 ? Buffer.alloc(0) : Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([head(kind, bytes.length), bytes]);
}
