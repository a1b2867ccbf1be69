vcl 4.1;

# Varnish before a hub: HTTP/1.1 on both sides. README.md beside this says what it does badly.
#   varnishd -a :8080 -f varnish.vcl -s malloc,256m -p timeout_idle=65 -p vcc_allow_inline_c=off

backend hub {
  .host = "127.0.0.1";
  .port = "3000";
  # Longer than a poll is held, and than a stream is quiet.
  .first_byte_timeout = 60s;
  .between_bytes_timeout = 60s;
}

sub vcl_recv {
  # Nobody else may say these.
  if (req.restarts == 0) {
    unset req.http.X-Shared;
    unset req.http.X-Asked;
    # Shared polls are held here, so readers are told of them (PROTOCOL.md, section 3.8).
    set req.http.Doorbell-Front = "shared";
  }
  if (req.method == "GET" && req.url ~ "^/v1/shared/[A-Za-z0-9_.-]+/events(\?|$)") {
    unset req.http.Cookie;
    unset req.http.Range;
    # Public channels need nobody's leave. For the others the reader's own token is asked about first, by a poll that does not wait.
    if (req.url !~ "^/v1/shared/(weather)/events(\?|$)") {
      set req.http.X-Shared = req.url;
      set req.url = regsub(req.url, "^/v1/shared/([^/]+)/events.*$", "/v1/channels/\1/events?maxvid=0&wait=0&limit=1");
      set req.http.Accept = "application/json";
      return (pass);
    }
    set req.http.X-Asked = "yes";
  }
  if (req.restarts > 0 && req.http.X-Asked == "yes") {
    set req.url = req.http.X-Shared;
  }
  if (req.http.X-Asked == "yes") {
    # The token of this proxy (doorbell token --share 'board.*' --ttl 30d) instead of the reader's own.
    set req.http.Authorization = "Bearer EDGE_TOKEN";
    return (hash);
  }
  # Everything else is passed on as it comes: no answer of one token may be given to another.
  return (pass);
}

sub vcl_hash {
  # The address, and nothing else: no header, no host.
  hash_data(req.url);
  return (lookup);
}

sub vcl_backend_response {
  # No answer is given after its time.
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  if (beresp.http.Cache-Control !~ "^public") {
    # A refusal: for a second nobody waits for another's.
    set beresp.uncacheable = true;
    set beresp.ttl = 1s;
  }
  return (deliver);
}

sub vcl_deliver {
  if (req.restarts == 0 && req.http.X-Shared && resp.status == 200) {
    set req.http.X-Asked = "yes";
    return (restart);
  }
  unset resp.http.X-Varnish;
  unset resp.http.Via;
}
