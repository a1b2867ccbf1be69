// Follows a channel by long polling: go run poll.go CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

type answer struct {
	Events []json.RawMessage
	Maxvid int64
	Epoch  string
}

func main() {
	place := answer{}
	client := http.Client{Timeout: 40 * time.Second}
	for {
		query := url.Values{"maxvid": {strconv.FormatInt(place.Maxvid, 10)}}
		if place.Epoch != "" {
			query.Set("epoch", place.Epoch)
		}
		request, _ := http.NewRequest("GET", os.Getenv("DOORBELL_URL")+"/v1/channels/"+os.Args[1]+"/events?"+query.Encode(), nil)
		request.Header.Set("Authorization", "Bearer "+os.Getenv("DOORBELL_TOKEN"))
		asked := time.Now()
		response, err := client.Do(request)
		next := answer{Maxvid: -1}
		if err == nil && response.StatusCode == 200 {
			err = json.NewDecoder(response.Body).Decode(&next)
		}
		if err == nil && response.StatusCode == 200 && (next.Events == nil || next.Maxvid < 0) {
			err = errors.New("this is no answer")
		}
		switch {
		case err != nil: // The connection broke. The same place again: nothing is lost.
			time.Sleep(5 * time.Second)
		case response.StatusCode == 200:
			for _, event := range next.Events {
				fmt.Println(string(event))
			}
			if (len(next.Events) == 0 || next.Maxvid <= place.Maxvid) && time.Since(asked) < time.Second {
				time.Sleep(time.Second) // It was not held.
			}
			place = next
		case response.StatusCode == 409: // The channel was made anew: from its start.
			place = answer{}
			time.Sleep(time.Second)
		case response.StatusCode < 404: // 400, 401 or 403.
			fmt.Fprintln(os.Stderr, response.Status)
			os.Exit(1)
		default:
			seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
			time.Sleep(time.Duration(min(max(seconds, 1), 300)) * time.Second) // A proxy may say a month.
		}
		if err == nil {
			response.Body.Close()
		}
	}
}
