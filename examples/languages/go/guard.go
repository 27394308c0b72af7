// An API that verifies access tokens with golang-jwt and keyfunc. With CLIENT_ID and CLIENT_SECRET it introspects them
// instead.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"
)

var (
	issuer       = os.Getenv("ISSUER")
	resource     = os.Getenv("RESOURCE")
	clientID     = os.Getenv("CLIENT_ID")
	clientSecret = os.Getenv("CLIENT_SECRET")
)

var errInvalidToken = errors.New("invalid token")

// region: verify
type Claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Role     string `json:"role"`
	Scope    string `json:"scope"`
}

func newKeys(ctx context.Context) (keyfunc.Keyfunc, error) {
	return keyfunc.NewDefaultOverrideCtx(ctx, []string{issuer + "/oauth2/jwks"}, keyfunc.Override{
		HTTPTimeout:     5 * time.Second,
		RefreshInterval: 5 * time.Minute, // as its Cache-Control says
		// Between two fetches for an unknown kid. By default a request with one waits for up to a minute.
		RefreshUnknownKID: rate.NewLimiter(rate.Every(2*time.Second), 1),
		RateLimitWaitMax:  time.Second,
	})
}

func verify(keys keyfunc.Keyfunc, token string) (*Claims, error) {
	claims := new(Claims)
	parsed, err := jwt.ParseWithClaims(token, claims, keys.Keyfunc,
		jwt.WithValidMethods([]string{"ES256", "EdDSA"}),
		jwt.WithIssuer(issuer),
		jwt.WithAudience(resource),
		jwt.WithExpirationRequired(),
		jwt.WithLeeway(5*time.Second))
	// golang-jwt checks neither the type nor that there is a kid.
	if err != nil || parsed.Header["typ"] != "at+jwt" || parsed.Header["kid"] == nil {
		return nil, errInvalidToken
	}
	return claims, nil
}

// endregion

// region: introspect
func introspect(token string) (*Claims, error) {
	request, err := http.NewRequest(http.MethodPost, issuer+"/oauth2/introspect",
		strings.NewReader(url.Values{"token": {token}}.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// In Basic credentials both parts are form-encoded (RFC 6749 §2.3.1).
	request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(clientSecret))
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("introspection responded %d", response.StatusCode)
	}
	answer := struct {
		Active bool `json:"active"`
		Claims
	}{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if !answer.Active || !slices.Contains(answer.Audience, resource) {
		return nil, errInvalidToken
	}
	return &answer.Claims, nil
}

// endregion

// region: guard
var bearer = regexp.MustCompile(`(?i)^Bearer +([\w.~+/-]+=*)$`)

func guard(check func(token string) (*Claims, error), scope string, next func(http.ResponseWriter, *Claims)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse := func(status int, challenge string) {
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, http.StatusText(status), status)
		}
		presented := bearer.FindStringSubmatch(r.Header.Get("Authorization"))
		if presented == nil {
			refuse(http.StatusUnauthorized, "Bearer")
			return
		}
		claims, err := check(presented[1])
		switch {
		case errors.Is(err, errInvalidToken):
			refuse(http.StatusUnauthorized, `Bearer error="invalid_token"`)
		case err != nil:
			// Without an answer from the issuer, refuse.
			log.Print(err)
			w.Header().Set("Retry-After", "1")
			http.Error(w, "try again", http.StatusServiceUnavailable)
		case !slices.Contains(strings.Split(claims.Scope, " "), scope):
			refuse(http.StatusForbidden, fmt.Sprintf(`Bearer error="insufficient_scope", scope="%s"`, scope))
		default:
			next(w, claims)
		}
	})
}

// endregion

func orders(w http.ResponseWriter, claims *Claims) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"subject": claims.Subject,
		"client":  claims.ClientID,
		"role":    claims.Role,
		"scope":   strings.Split(claims.Scope, " "),
	})
}

func main() {
	check := introspect
	if clientID == "" {
		keys, err := newKeys(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		check = func(token string) (*Claims, error) { return verify(keys, token) }
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("GET /orders", guard(check, "orders:read", orders))
	fmt.Printf("http://%s/orders\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
