package orders;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.oauth2.server.resource.introspection.SpringOpaqueTokenIntrospector;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An API that verifies access tokens. With CLIENT_ID and CLIENT_SECRET it introspects them instead. */
@SpringBootApplication
@RestController
public class Guard {
  @Value("${ISSUER}") String issuer;
  @Value("${RESOURCE}") String resource;
  @Value("${CLIENT_ID:}") String clientId;
  @Value("${CLIENT_SECRET:}") String clientSecret;

  // region: verify
  @Bean
  JwtDecoder jwtDecoder() throws MalformedURLException {
    JWKSource<SecurityContext> fetched = JWKSourceBuilder
        .create(URI.create(issuer + "/oauth2/jwks").toURL(), new DefaultResourceRetriever(5_000, 5_000, 65_536))
        .cache(300_000, 15_000) // milliseconds, as its Cache-Control says
        .rateLimited(2_000) // two fetches in that time: an unknown kid causes one
        .outageTolerant(3_600_000) // known keys serve while the issuer is away
        .build();
    JWKSource<SecurityContext> keys = (selector, context) -> {
      try {
        return fetched.get(selector, context);
      } catch (RateLimitReachedException error) {
        return List.of(); // otherwise the caller gets 500
      }
    };
    var decoder = NimbusJwtDecoder.withJwkSource(keys)
        .jwsAlgorithm(SignatureAlgorithm.ES256)
        // By default Nimbus accepts only "JWT". The validator below checks the type.
        .jwtProcessorCustomizer(processor -> processor.setJWSTypeVerifier((type, context) -> {}))
        .build();
    decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
        new JwtTypeValidator("at+jwt"),
        new JwtIssuerValidator(issuer),
        new JwtClaimValidator<List<String>>("aud", audience -> audience != null && audience.contains(resource)),
        new JwtClaimValidator<>("exp", exp -> exp != null),
        new JwtTimestampValidator(Duration.ofSeconds(5)))); // 60 by default
    return decoder;
  }
  // endregion

  // region: introspect
  @Bean
  OpaqueTokenIntrospector introspector() {
    // The builder form-encodes both parts of the credentials (RFC 6749 §2.3.1).
    var introspector = SpringOpaqueTokenIntrospector.withIntrospectionUri(issuer + "/oauth2/introspect")
        .clientId(clientId)
        .clientSecret(clientSecret)
        .build();
    return token -> {
      var principal = introspector.introspect(token);
      List<String> audience = principal.getAttribute("aud");
      if (audience == null || !audience.contains(resource)) throw new BadOpaqueTokenException("not for this API");
      return principal;
    };
  }
  // endregion

  // region: guard
  @Bean
  SecurityFilterChain security(HttpSecurity http) throws Exception {
    return http
        .authorizeHttpRequests(requests -> requests
            .requestMatchers("/orders").hasAuthority("SCOPE_orders:read")
            .anyRequest().denyAll())
        .oauth2ResourceServer(server -> {
          if (clientId.isEmpty()) server.jwt(Customizer.withDefaults());
          else server.opaqueToken(Customizer.withDefaults());
        })
        .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
        .csrf(csrf -> csrf.disable())
        .build();
  }
  // endregion

  @GetMapping("/orders")
  Map<String, Object> orders(@AuthenticationPrincipal Object principal) {
    if (principal instanceof Jwt jwt) return shown(jwt.getClaims(), List.of(jwt.getClaimAsString("scope").split(" ")));
    var introspected = (OAuth2AuthenticatedPrincipal) principal;
    return shown(introspected.getAttributes(), introspected.getAttribute("scope"));
  }

  private static Map<String, Object> shown(Map<String, Object> claims, List<String> scope) {
    return Map.of("subject", claims.get("sub"), "client", claims.get("client_id"), "role", claims.get("role"), "scope", scope);
  }

  @EventListener
  void announce(WebServerInitializedEvent event) {
    System.out.println("http://127.0.0.1:" + event.getWebServer().getPort() + "/orders");
  }

  public static void main(String[] arguments) {
    var application = new SpringApplication(Guard.class);
    application.setDefaultProperties(Map.of(
        "server.address", "127.0.0.1",
        "server.port", System.getenv().getOrDefault("PORT", "8080"),
        "spring.main.banner-mode", "off",
        "logging.level.root", "warn"));
    application.run(arguments);
  }
}
