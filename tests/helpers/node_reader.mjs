// The backend's side of the three formats (docs/reference: A, B, C), with node:crypto alone, so that the tests can
// ask the real thing. One JSON request a line on stdin, one JSON reply a line on stdout: {ok} or {error}.
import crypto from "node:crypto";
import readline from "node:readline";

const DEFAULT_SALT = "ivanreseller-production-salt-v1";

function secretOf(env) {
  const secret = (env.ENCRYPTION_KEY ?? "").trim() || (env.JWT_SECRET ?? "").trim();
  if (secret.length < 32) throw new Error("no key");
  return secret;
}

const derived = new Map();

function keyOf(format, env) {
  if (format === "A") return Buffer.from(env.ENCRYPTION_KEY.slice(0, 64), "hex");
  const secret = secretOf(env);
  if (format === "B") return crypto.createHash("sha256").update(secret).digest();
  const salt = env.ENCRYPTION_SALT || DEFAULT_SALT;
  const name = JSON.stringify([secret, salt]);
  if (!derived.has(name)) derived.set(name, crypto.scryptSync(secret, salt, 32));
  return derived.get(name);
}

function seal({ format, env, plaintext }) {
  const iv = crypto.randomBytes(16);
  if (format === "C") {
    const cipher = crypto.createCipheriv("aes-256-cbc", keyOf(format, env), iv);
    return iv.toString("hex") + ":" + cipher.update(plaintext, "utf8", "hex") + cipher.final("hex");
  }
  const cipher = crypto.createCipheriv("aes-256-gcm", keyOf(format, env), iv);
  const body = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64");
}

function open({ format, env, ciphertext }) {
  if (format === "C") {
    const parts = ciphertext.split(":");
    if (parts.length !== 2) throw new Error("layout");
    const decipher = crypto.createDecipheriv("aes-256-cbc", keyOf(format, env), Buffer.from(parts[0], "hex"));
    return decipher.update(parts[1], "hex", "utf8") + decipher.final("utf8");
  }
  const data = Buffer.from(ciphertext, "base64");
  if (data.length < 33) throw new Error("layout");
  const decipher = crypto.createDecipheriv("aes-256-gcm", keyOf(format, env), data.subarray(0, 16));
  decipher.setAuthTag(data.subarray(16, 32));
  return decipher.update(data.subarray(32), undefined, "utf8") + decipher.final("utf8");
}

const answers = {
  seal,
  open,
  base64: ({ text }) => Buffer.from(text, "base64").toString("hex"),
  hex: ({ text }) => Buffer.from(text, "hex").toString("hex"),
  white_space: () => {
    const units = Array.from({ length: 65536 }, (_, unit) => unit);
    return units.filter((unit) => String.fromCharCode(unit).trim() === "");
  },
  length: ({ text }) => text.length,
  utf8: ({ hex }) => Buffer.from(hex, "hex").toString("utf8"),
  is_json: ({ text }) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  },
  string_of: ({ text }) => String(JSON.parse(text)),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let reply;
  try {
    reply = { ok: answers[request.ask](request) };
  } catch (error) {
    reply = { error: String(error.message) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
