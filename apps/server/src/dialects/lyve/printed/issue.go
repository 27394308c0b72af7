package main

import (
	"bytes"
	"net/http"
)

func main() {
	headers := map[string][]string{
		"Content-Type": []string{ "application/json", },
		"Accept": []string{ "application/json", },
	}

	jsonReq := `{"key":"value"}` // replace with your JSON request
	data := bytes.NewBuffer([]byte(jsonReq))
	req, err := http.NewRequest("POST", "https://api.lyvecloud.seagate.com/v2/auth/token/", data)
	if err != nil {
		// handle error
	}
	req.Header = headers

	client := &http.Client{}
	resp, err := client.Do(req)
	if err != nil {
		// handle error
	}
	// handle response
	_ = resp
}
