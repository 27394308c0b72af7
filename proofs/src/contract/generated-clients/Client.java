// Logs in, calls, refreshes, introspects and logs out with the Java client that openapi-generator makes.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import generated.ApiClient;
import generated.ApiException;
import generated.api.ClientsApi;
import generated.api.MeApi;
import generated.api.OauthApi;
import generated.api.SessionsApi;
import generated.model.ClientCreation;
import generated.model.Login;
import generated.model.Refresh;
import java.util.regex.Pattern;

public class Client {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode given = mapper.readTree(System.in);
    for (JsonNode pattern : given.get("patterns")) Pattern.compile(pattern.asText());

    String url = given.get("url").asText();
    String id = given.get("client").asText();
    String secret = given.get("secret").asText();
    ApiClient anybody = bearing(url, null);

    Login login = new Login().username(given.get("username").asText()).password(given.get("password").asText());
    var opened = new SessionsApi(anybody).createSession(login);
    ApiClient first = bearing(url, opened.getAccessToken());
    var me = new MeApi(first).showMe();
    var wanted = new ClientCreation().name("Jäva { p C Z }").expiresIn(given.get("lifetime").asLong());
    var made = new ClientsApi(first).createClient(wanted);
    var tokens = new SessionsApi(anybody).refreshSession(new Refresh().refreshToken(opened.getRefreshToken()), null);
    String token = tokens.getAccessToken();
    ApiClient second = bearing(url, token);
    var active = new OauthApi(anybody).introspectToken(token, null, id, secret);
    new SessionsApi(second).endSession();
    var ended = new OauthApi(anybody).introspectToken(token, null, id, secret);
    String refused = null;
    try {
      new MeApi(second).showMe();
    } catch (ApiException error) {
      refused = mapper.readTree(error.getResponseBody()).get("code").asText();
    }
    var seen = mapper.createObjectNode();
    seen.put("me", me.getUsername());
    seen.put("secretEnds", made.getCredential().getExpiresAt());
    seen.put("active", active.getActive());
    seen.put("subject", active.getSub());
    seen.put("ends", active.getExp());
    seen.put("role", active.getRole().getValue());
    seen.put("ended", ended.getActive());
    seen.put("refused", refused);
    System.out.println(seen);
  }

  private static ApiClient bearing(String url, String token) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    if (token != null) client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + token));
    return client;
  }
}
