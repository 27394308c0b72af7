// Logs in, calls, refreshes, introspects and logs out with the Go client that openapi-generator makes.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"

	"clients/generated"
)

func must[T any](value T, _ any, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err, string(bodyOf(err)))
		os.Exit(1)
	}
	return value
}

func bodyOf(err error) []byte {
	var refused *generated.GenericOpenAPIError
	if errors.As(err, &refused) {
		return refused.Body()
	}
	return nil
}

func main() {
	var given struct {
		Url, Username, Password, Client, Secret string
		Lifetime                                int64
		Patterns                                []string
	}
	must(given, nil, json.NewDecoder(os.Stdin).Decode(&given))
	for _, pattern := range given.Patterns {
		_, err := regexp.Compile(pattern)
		must(pattern, nil, err)
	}

	configuration := generated.NewConfiguration()
	configuration.Servers = generated.ServerConfigurations{{URL: given.Url}}
	client := generated.NewAPIClient(configuration)
	anybody := context.Background()
	bearer := func(token string) context.Context {
		return context.WithValue(anybody, generated.ContextAccessToken, token)
	}
	introspect := func(token string) *generated.Introspection {
		asked := client.OauthAPI.IntrospectToken(anybody).Token(token)
		return must(asked.ClientId(given.Client).ClientSecret(given.Secret).Execute())
	}

	login := generated.NewLogin(given.Username)
	login.SetPassword(given.Password)
	opened := must(client.SessionsAPI.CreateSession(anybody).Login(*login).Execute())
	me := must(client.MeAPI.ShowMe(bearer(opened.AccessToken)).Execute())
	wanted := generated.NewClientCreation("Gö { p C Z }")
	wanted.SetExpiresIn(given.Lifetime)
	made := must(client.ClientsAPI.CreateClient(bearer(opened.AccessToken)).ClientCreation(*wanted).Execute())
	refresh := generated.NewRefresh(opened.GetRefreshToken())
	tokens := must(client.SessionsAPI.RefreshSession(anybody).Refresh(*refresh).Execute())
	active := introspect(tokens.AccessToken)
	response, err := client.SessionsAPI.EndSession(bearer(tokens.AccessToken)).Execute()
	must(response, nil, err)
	ended := introspect(tokens.AccessToken)
	var problem generated.Problem
	_, _, err = client.MeAPI.ShowMe(bearer(tokens.AccessToken)).Execute()
	must(problem, nil, json.Unmarshal(bodyOf(err), &problem))
	must(response, nil, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"me":         me.Username,
		"secretEnds": made.Credential.GetExpiresAt(),
		"active":     active.Active,
		"subject":    active.GetSub(),
		"ends":       active.GetExp(),
		"role":       active.GetRole(),
		"ended":      ended.Active,
		"refused":    problem.Code,
	}))
}
