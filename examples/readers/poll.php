<?php // Follows a channel by long polling: php poll.php CHANNEL. DOORBELL_URL and DOORBELL_TOKEN say where, and as whom.
$place = ['maxvid' => 0];
$options = ['header' => 'Authorization: Bearer ' . getenv('DOORBELL_TOKEN'), 'timeout' => 40, 'ignore_errors' => true];
while (true) {
    $asked = microtime(true);
    $address = getenv('DOORBELL_URL') . "/v1/channels/$argv[1]/events?" . http_build_query($place);
    $body = @file_get_contents($address, false, stream_context_create(['http' => $options]));
    $status = $body === false ? 0 : (int) explode(' ', $http_response_header[0])[1];
    $answer = json_decode((string) $body);
    if ($status === 200 && is_array($answer->events ?? null) && is_int($answer->maxvid ?? null)) {
        foreach ($answer->events as $event) echo json_encode($event), "\n";
        $moved = $answer->events && $answer->maxvid > $place['maxvid'];
        if (!$moved && microtime(true) - $asked < 1) sleep(1); // It was not held.
        $place = array_filter(['maxvid' => $answer->maxvid, 'epoch' => $answer->epoch ?? null], fn($part) => $part !== null);
    } elseif ($status === 409) {
        $place = ['maxvid' => 0]; // The channel was made anew: from its start.
        sleep(1);
    } elseif (in_array($status, [400, 401, 403])) {
        fwrite(STDERR, $body);
        exit(1);
    } else {
        sleep(5); // Busy, or the connection broke. The same place again: nothing is lost.
    }
}
