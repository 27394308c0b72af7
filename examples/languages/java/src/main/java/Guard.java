import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/** An API that verifies access tokens with Nimbus. With CLIENT_ID and CLIENT_SECRET it introspects them instead. */
public final class Guard {
  static final String ISSUER = System.getenv("ISSUER");
  static final String RESOURCE = System.getenv("RESOURCE");
  static final String CLIENT_ID = System.getenv().getOrDefault("CLIENT_ID", "");
  static final String CLIENT_SECRET = System.getenv().getOrDefault("CLIENT_SECRET", "");

  // region: verify
  static DefaultJWTProcessor<SecurityContext> processor() throws IOException {
    JWKSource<SecurityContext> keys = JWKSourceBuilder
        .create(URI.create(ISSUER + "/oauth2/jwks").toURL(), new DefaultResourceRetriever(5_000, 5_000, 65_536))
        .cache(300_000, 15_000) // milliseconds, as its Cache-Control says
        .rateLimited(2_000) // two fetches in that time: an unknown kid causes one
        .outageTolerant(3_600_000) // known keys serve while the issuer is away
        .build();
    var processor = new DefaultJWTProcessor<SecurityContext>();
    // By default only "JWT" is accepted, and a token without a type.
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType("at+jwt")));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys));
    var claims = new DefaultJWTClaimsVerifier<SecurityContext>(
        RESOURCE,
        new JWTClaimsSet.Builder().issuer(ISSUER).build(),
        Set.of("exp", "sub", "client_id", "scope"));
    claims.setMaxClockSkew(5); // seconds; 60 by default
    processor.setJWTClaimsSetVerifier(claims);
    return processor;
  }

  static Map<String, Object> verify(DefaultJWTProcessor<SecurityContext> processor, String token)
      throws InvalidToken, JOSEException {
    try {
      return processor.process(token, null).toJSONObject();
    } catch (ParseException | BadJOSEException | RateLimitReachedException error) {
      throw new InvalidToken();
    }
  }
  // endregion

  // region: introspect
  static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  static Map<String, Object> introspect(String token)
      throws InvalidToken, IOException, InterruptedException, ParseException {
    // In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
    var credentials = formEncoded(CLIENT_ID) + ":" + formEncoded(CLIENT_SECRET);
    var request = HttpRequest.newBuilder(URI.create(ISSUER + "/oauth2/introspect"))
        .timeout(Duration.ofSeconds(5))
        .header("Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString("token=" + formEncoded(token)))
        .build();
    var response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) throw new IOException("introspection responded " + response.statusCode());
    var claims = JSONObjectUtils.parse(response.body());
    boolean active = Boolean.TRUE.equals(claims.get("active"));
    if (!active || !JSONObjectUtils.getStringList(claims, "aud").contains(RESOURCE)) throw new InvalidToken();
    return claims;
  }

  static String formEncoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
  // endregion

  /** The token is not one for this API. */
  static final class InvalidToken extends Exception {}

  interface Check {
    Map<String, Object> of(String token) throws Exception;
  }

  // region: guard
  static final Pattern BEARER = Pattern.compile("Bearer +([\\w.~+/-]+=*)", Pattern.CASE_INSENSITIVE);

  /** The claims, or null if the response was sent. */
  static Map<String, Object> guard(HttpExchange exchange, Check check, String scope) throws IOException {
    var header = exchange.getRequestHeaders().getFirst("Authorization");
    var presented = BEARER.matcher(header == null ? "" : header);
    if (!presented.matches()) return refuse(exchange, 401, "Bearer");
    try {
      var claims = check.of(presented.group(1));
      var scopes = List.of(((String) claims.getOrDefault("scope", "")).split(" "));
      if (scopes.contains(scope)) return claims;
      return refuse(exchange, 403, "Bearer error=\"insufficient_scope\", scope=\"" + scope + "\"");
    } catch (InvalidToken error) {
      return refuse(exchange, 401, "Bearer error=\"invalid_token\"");
    } catch (Exception error) {
      // Without an answer from the issuer, refuse.
      System.err.println(error.getMessage());
      exchange.getResponseHeaders().set("Retry-After", "1");
      exchange.sendResponseHeaders(503, -1);
      return null;
    }
  }

  static Map<String, Object> refuse(HttpExchange exchange, int status, String challenge) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
    exchange.sendResponseHeaders(status, -1);
    return null;
  }
  // endregion

  public static void main(String[] arguments) throws IOException {
    var processor = processor();
    Check check = CLIENT_ID.isEmpty() ? token -> verify(processor, token) : Guard::introspect;
    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/orders", exchange -> {
      try (exchange) {
        var claims = guard(exchange, check, "orders:read");
        if (claims == null) return;
        var body = JSONObjectUtils.toJSONString(Map.of(
            "subject", claims.get("sub"),
            "client", claims.get("client_id"),
            "role", claims.get("role"),
            "scope", List.of(((String) claims.get("scope")).split(" ")))).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    });
    server.start();
    System.out.println("http://127.0.0.1:" + port + "/orders");
  }
}
