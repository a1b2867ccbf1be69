// Follows a channel of a hub by server-sent events: go run stream.go CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	last := ""
	for ; ; time.Sleep(time.Second) {
		request, _ := http.NewRequest("GET", os.Getenv("DOORBELL_URL")+"/v1/channels/"+os.Args[1]+"/events?maxvid=0", nil)
		request.Header.Set("Authorization", "Bearer "+os.Getenv("DOORBELL_TOKEN"))
		request.Header.Set("Accept", "text/event-stream")
		if last != "" {
			request.Header.Set("Last-Event-ID", last)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue // The connection broke. Last-Event-ID says where to go on: nothing is lost.
		}
		if response.StatusCode == 409 { // The channel was made anew: from its start.
			last = ""
		} else if response.StatusCode < 404 && response.StatusCode != 200 { // 400, 401 or 403.
			fmt.Fprintln(os.Stderr, response.Status)
			os.Exit(1)
		}
		event := map[string]string{}
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 2<<20) // An event is up to 256 KiB.
		for response.StatusCode == 200 && lines.Scan() {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			if name != "" {
				event[name] = value
				continue
			}
			if event["event"] == "" && event["data"] != "" {
				fmt.Println(event["data"])
			}
			if event["event"] == "reset" || event["id"] != "" {
				last = event["id"]
			}
			event = map[string]string{}
		}
		response.Body.Close()
	}
}
