<?php // Follows a channel of a hub by server-sent events: php stream.php CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
// A plain socket: PHP's own http:// holds back what has come until it has more. HTTP/1.0 has no chunks to put together.
['scheme' => $scheme, 'host' => $host] = $url = parse_url(getenv('DOORBELL_URL'));
$to = ($scheme === 'https' ? 'tls' : 'tcp') . "://$host:" . ($url['port'] ?? ($scheme === 'https' ? 443 : 80));
for ($last = '0'; true; sleep(1)) { // The connection broke. `last` says where to go on: nothing is lost.
    if (!($stream = @stream_socket_client($to, $code, $why, 10))) continue;
    stream_set_timeout($stream, 40);
    fwrite($stream, 'GET ' . ($url['path'] ?? '') . "/v1/channels/$argv[1]/events?maxvid=$last HTTP/1.0\r\nHost: $host\r\n"
        . 'Authorization: Bearer ' . getenv('DOORBELL_TOKEN') . "\r\nAccept: text/event-stream\r\n\r\n");
    $status = (int) substr((string) fgets($stream), 9, 3);
    if (in_array($status, [400, 401, 403])) { fwrite(STDERR, "$status\n"); exit(1); }
    if ($status === 409) $last = '0'; // The channel was made anew: from its start.
    while (trim((string) fgets($stream)) !== '');
    for ($event = []; $status === 200 && ($line = fgets($stream)) !== false; ) {
        [$name, $value] = explode(': ', rtrim($line, "\n"), 2) + [1 => ''];
        if ($name !== '') { $event[$name] = $value; continue; }
        if (isset($event['data']) && !isset($event['event'])) echo $event['data'], "\n";
        $last = ($event['event'] ?? '') === 'reset' ? '0' : $event['id'] ?? $last;
        $event = [];
    }
}
