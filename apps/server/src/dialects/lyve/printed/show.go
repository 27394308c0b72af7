package main

import (
	"bytes"
	"net/http"
)

func main() {
	headers := map[string][]string{
		"Accept": []string{ "application/json", },
		"Authorization": []string{ "Bearer {access-token}", },
	}

	data := bytes.NewBuffer([]byte{ jsonReq, })
	req, err := http.NewRequest("GET", "https://api.lyvecloud.seagate.com/v2/auth/token/", data)
	req.Header = headers

	client := &http.Client{}
	resp, err := client.Do(req)
	// ...
}
