// An OpenID provider that shares no code with the local Entra ID, behind the paths of the Microsoft identity platform.
//
// node provider.mjs '{"tenant": …, "api": …, "clients": […], "cert": FILE, "key": FILE}' prints {"port": …} and serves.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import Provider from "oidc-provider";

const settings = JSON.parse(process.argv[2]);
const { tenant, api, clients } = settings;
const HOST = "login.microsoftonline.com";
const issuer = `https://${HOST}/${tenant}/v2.0`;
const signing = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [{ ...signing, use: "sig", kid: "witness" }] },
  routes: {
    authorization: "/oauth2/v2.0/authorize",
    token: "/oauth2/v2.0/token",
    jwks: "/discovery/v2.0/keys",
    end_session: "/oauth2/v2.0/logout",
  },
  scopes: ["openid", "profile", "offline_access", ...api.scopes],
  claims: { openid: ["sub"], profile: ["name", "preferred_username", "oid", "tid", "ver"] },
  conformIdTokenClaims: false,
  clientAuthMethods: ["client_secret_post", "client_secret_basic", "private_key_jwt", "none"],
  enabledJWA: { clientAuthSigningAlgValues: ["RS256", "PS256"] },
  pkce: { required: () => true },
  cookies: { keys: ["only for tests"] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => api.uri,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: api.scopes.join(" "),
        audience: api.id,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  formats: {
    customizers: {
      jwt(ctx, token, parts) {
        parts.header = { ...parts.header, typ: "JWT" }; // as Entra says, not at+jwt
        const client = token.clientId;
        const user = token.accountId;
        Object.assign(parts.payload, { tid: tenant, ver: "2.0", azp: client, nbf: parts.payload.iat });
        Object.assign(parts.payload, user
          ? { oid: user, sub: `pairwise-${user}`, scp: token.scope.split(" ").map((s) => s.split("/").pop()).join(" ") }
          : { oid: client, sub: client, roles: api.roles });
      },
    },
  },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, oid: id, tid: tenant, ver: "2.0", name: id, preferred_username: `${id}@contoso.com` }),
  }),
});

const discovery = {
  tenant_discovery_endpoint: `${issuer}/.well-known/openid-configuration`,
  "api-version": "1.1",
  metadata: [{ preferred_network: HOST, preferred_cache: HOST, aliases: [HOST] }],
};
const answer = provider.callback();
const tls = { cert: readFileSync(settings.cert), key: readFileSync(settings.key) };
const server = createServer(tls, (request, response) => {
  if (request.url.startsWith("/common/discovery/instance")) {
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify(discovery));
    return;
  }
  // The provider takes for its mount point what url lacks of originalUrl.
  request.originalUrl = request.url.replace(`/${tenant}/v2.0/.well-known`, `/${tenant}/.well-known`);
  request.url = request.originalUrl.slice(`/${tenant}`.length) || "/";
  answer(request, response);
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
