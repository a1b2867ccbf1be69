<?php
// The ancestor's way: the request that waits is itself a Gearman worker, and the next job of its channel is its answer. A job that is
// taken for a reader who has gone is lost, and nobody can ask for it again.
$answer = null;
$worker = new GearmanWorker();
$worker->addServer('127.0.0.1', (int) getenv('GEARMAN_PORT'));
$worker->setTimeout(60 * 1000);
$worker->addFunction($_GET['channel'], function (GearmanJob $job) use (&$answer) {
    $answer = $job->workload();
});
@$worker->work();
header('Content-Type: application/json');
http_response_code($answer === null ? 204 : 200);
echo $answer;
