<?php
// What came before the ancestor: POST appends to a table, GET asks the table once a second until it has something, for a minute.
$db = new PDO('sqlite:' . getenv('DATABASE'));
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$db->exec('PRAGMA busy_timeout = 10000');
$db->exec('PRAGMA synchronous = NORMAL');

switch ($_SERVER['REQUEST_METHOD']) {
    case 'PUT':
        $db->exec('PRAGMA journal_mode = WAL');
        $db->exec('CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, event TEXT NOT NULL)');
        $db->exec('CREATE INDEX by_channel ON log (channel, id)');
        exit;
    case 'POST':
        $db->prepare('INSERT INTO log (channel, event) VALUES (?, ?)')
            ->execute([$_GET['channel'], file_get_contents('php://input')]);
        exit;
}

header('Content-Type: application/json');
$after = (int) ($_GET['after'] ?? 0);
$select = $db->prepare('SELECT id, event FROM log WHERE channel = ? AND id > ? ORDER BY id');
for ($turn = 0; $turn < 60; $turn++) {
    $select->execute([$_GET['channel'], $after]);
    $rows = $select->fetchAll(PDO::FETCH_KEY_PAIR);
    if ($rows) {
        echo '{"next":', array_key_last($rows), ',"events":[', implode(',', $rows), ']}';
        exit;
    }
    sleep(1);
}
echo '{"next":', $after, ',"events":[]}';
