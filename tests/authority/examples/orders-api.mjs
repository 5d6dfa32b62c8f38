import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

const { ISSUER, JWKS_URI, AUDIENCE, TENANT, PORT } = process.env;
const keys = createRemoteJWKSet(new URL(JWKS_URI));
const longest = 29 * 3600; // Entra's longest access tokens live 28 hours
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const neverSent = ["crit", "enc", "zip", "b64", "jku", "jwk", "x5u", "x5c"];

async function verify(token) {
  const canonical = token.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
  if (token.length > 32768 || !canonical) throw new Error("not one JWT in its only spelling");
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    algorithms: ["RS256"],
    audience: AUDIENCE,
    issuer: ISSUER,
    typ: "JWT",
    requiredClaims: ["aud", "azp", "exp", "iat", "iss", "nbf", "sub", "tid"],
  });
  const times = [payload.exp, payload.iat, payload.nbf];
  const texts = [payload.aud, payload.azp, payload.sub, payload.scp ?? "-"];
  const roles = payload.roles ?? [];
  const appOnly = payload.sub === payload.oid || payload.idtyp === "app";
  if (
    protectedHeader.typ !== "JWT" ||
    neverSent.some((name) => name in protectedHeader) ||
    !times.every(Number.isSafeInteger) ||
    payload.iat > Date.now() / 1000 + 60 ||
    payload.exp - Math.min(payload.iat, payload.nbf) > longest ||
    !texts.every((text) => typeof text === "string" && text.trim()) ||
    !guid.test("oid" in payload ? payload.oid : payload.tid) ||
    payload.tid !== TENANT ||
    payload.ver !== "2.0" ||
    !Array.isArray(roles) ||
    !roles.every((role) => typeof role === "string") ||
    "cnf" in payload ||
    "scp" in payload === appOnly
  ) {
    throw new Error("not an access token of Entra ID for this API");
  }
  return payload;
}

async function requireToken(request, response, next) {
  const [, token] = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(request.headers.authorization ?? "") ?? [];
  try {
    request.claims = await verify(token ?? "");
  } catch {
    return response.status(401).set("WWW-Authenticate", 'Bearer error="invalid_token"').end();
  }
  return next();
}

const requireScope = (scope) => (request, response, next) =>
  (request.claims.scp ?? "").split(" ").includes(scope) ? next() : response.status(403).end();

const app = express();
app.use(requireToken);
app.get("/orders", requireScope("Orders.Read"), (request, response) => response.json(["17"]));
const server = app.listen(Number(PORT ?? 3000), "127.0.0.1", () => console.log(server.address().port));
