//! An API that verifies access tokens with jsonwebtoken. With CLIENT_ID and CLIENT_SECRET it introspects them instead.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::json;
use tiny_http::{Header, Request, Response, Server};

#[derive(Deserialize)]
struct Claims {
    sub: String,
    client_id: String,
    role: String,
    /// Names with single spaces between them.
    scope: String,
}

enum Refused {
    InvalidToken,
    /// No answer from the issuer.
    Unavailable(String),
}

// region: verify
/// The issuer's keys. jsonwebtoken fetches none.
struct Keys {
    agent: ureq::Agent,
    url: String,
    cached: Mutex<Option<(JwkSet, Instant)>>,
}

impl Keys {
    /// Fetches again after 300 seconds, as its Cache-Control says, and for an unknown kid, at most every 2 seconds.
    fn find(&self, kid: &str) -> Result<Jwk, Refused> {
        let mut cached = self.cached.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((keys, fetched)) = cached.as_ref() {
            let known = keys.find(kid);
            let lifetime = Duration::from_secs(if known.is_some() { 300 } else { 2 });
            if fetched.elapsed() < lifetime {
                return known.cloned().ok_or(Refused::InvalidToken);
            }
        }
        let fetched = self.agent.get(&self.url).call().and_then(|mut response| response.body_mut().read_json::<JwkSet>());
        match (fetched, cached.as_mut()) {
            (Ok(keys), _) => *cached = Some((keys, Instant::now())),
            (Err(error), None) => return Err(Refused::Unavailable(error.to_string())),
            // The known keys serve while the issuer is away.
            (Err(_), Some((_, fetched))) => *fetched = Instant::now(),
        }
        cached.as_ref().and_then(|(keys, _)| keys.find(kid).cloned()).ok_or(Refused::InvalidToken)
    }
}

fn verify(keys: &Keys, issuer: &str, resource: &str, token: &str) -> Result<Claims, Refused> {
    let header = decode_header(token).map_err(|_| Refused::InvalidToken)?;
    // jsonwebtoken does not check the type.
    let (Some("at+jwt"), Some(kid)) = (header.typ.as_deref(), &header.kid) else {
        return Err(Refused::InvalidToken);
    };
    let jwk = keys.find(kid)?;
    let algorithm = match jwk.common.key_algorithm {
        Some(jsonwebtoken::jwk::KeyAlgorithm::ES256) => Algorithm::ES256,
        Some(jsonwebtoken::jwk::KeyAlgorithm::EdDSA) => Algorithm::EdDSA,
        _ => return Err(Refused::InvalidToken),
    };
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[resource]);
    validation.leeway = 5; // seconds; 60 by default
    let key = DecodingKey::from_jwk(&jwk).map_err(|_| Refused::InvalidToken)?;
    let verified = decode::<Claims>(token, &key, &validation).map_err(|_| Refused::InvalidToken)?;
    Ok(verified.claims)
}
// endregion

// region: introspect
#[derive(Deserialize)]
struct Introspection {
    active: bool,
    #[serde(default)]
    aud: Vec<String>,
    #[serde(flatten)]
    claims: serde_json::Value,
}

struct Client {
    agent: ureq::Agent,
    id: String,
    secret: String,
}

fn introspect(client: &Client, issuer: &str, resource: &str, token: &str) -> Result<Claims, Refused> {
    // In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
    let credentials = base64(format!("{}:{}", form_encoded(&client.id), form_encoded(&client.secret)).as_bytes());
    let unavailable = |error: ureq::Error| Refused::Unavailable(error.to_string());
    let mut response = client
        .agent
        .post(format!("{issuer}/oauth2/introspect"))
        .header("Authorization", format!("Basic {credentials}"))
        .send_form([("token", token)])
        .map_err(unavailable)?;
    let answer: Introspection = response.body_mut().read_json().map_err(unavailable)?;
    if !answer.active || !answer.aud.iter().any(|one| one == resource) {
        return Err(Refused::InvalidToken);
    }
    serde_json::from_value(answer.claims).map_err(|error| Refused::Unavailable(error.to_string()))
}
// endregion

fn form_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => (byte as char).to_string(),
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            (0..4).map(move |at| match at > chunk.len() {
                true => '=',
                false => ALPHABET[(group >> (18 - 6 * at) & 63) as usize] as char,
            })
        })
        .collect()
}

// region: guard
/// The token of `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
fn presented(request: &Request) -> Option<String> {
    let header = request.headers().iter().find(|header| header.field.equiv("Authorization"))?;
    let (scheme, token) = header.value.as_str().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let is_token68 = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() && is_token68).then(|| token.to_owned())
}

fn guard(request: &Request, check: impl Fn(&str) -> Result<Claims, Refused>, scope: &str) -> Result<Claims, (u16, Header)> {
    let refusal = |status, challenge: &str| (status, field("WWW-Authenticate", challenge));
    let token = presented(request).ok_or_else(|| refusal(401, "Bearer"))?;
    match check(&token) {
        Ok(claims) if claims.scope.split(' ').any(|one| one == scope) => Ok(claims),
        Ok(_) => Err(refusal(403, &format!(r#"Bearer error="insufficient_scope", scope="{scope}""#))),
        Err(Refused::InvalidToken) => Err(refusal(401, r#"Bearer error="invalid_token""#)),
        Err(Refused::Unavailable(why)) => {
            eprintln!("{why}");
            Err((503, field("Retry-After", "1")))
        }
    }
}
// endregion

fn field(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("a header of ASCII characters")
}

fn main() {
    let setting = |name: &str| std::env::var(name).unwrap_or_default();
    let (issuer, resource) = (setting("ISSUER"), setting("RESOURCE"));
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
    let keys = Keys { agent: agent.clone(), url: format!("{issuer}/oauth2/jwks"), cached: Mutex::default() };
    let client = Client { agent, id: setting("CLIENT_ID"), secret: setting("CLIENT_SECRET") };
    let check = move |token: &str| match client.id.is_empty() {
        true => verify(&keys, &issuer, &resource, token),
        false => introspect(&client, &issuer, &resource, token),
    };
    let port = Some(setting("PORT")).filter(|port| !port.is_empty()).unwrap_or_else(|| "8080".to_owned());
    let server = Arc::new(Server::http(format!("127.0.0.1:{port}")).expect("a free port"));
    println!("http://127.0.0.1:{port}/orders");
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for request in server.incoming_requests() {
                    respond(request, &check);
                }
            });
        }
    });
}

fn respond(request: Request, check: &impl Fn(&str) -> Result<Claims, Refused>) {
    let response = match guard(&request, check, "orders:read") {
        Err((status, header)) => Response::from_string("").with_status_code(status).with_header(header),
        Ok(claims) => {
            let scope: Vec<_> = claims.scope.split(' ').collect();
            let body = json!({ "subject": claims.sub, "client": claims.client_id, "role": claims.role, "scope": scope });
            Response::from_string(body.to_string()).with_header(field("Content-Type", "application/json"))
        }
    };
    if let Err(error) = request.respond(response) {
        eprintln!("{error}");
    }
}
