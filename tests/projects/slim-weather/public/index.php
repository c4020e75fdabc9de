<?php

declare(strict_types=1);

use Psr\Http\Message\ResponseInterface as Response;
use Psr\Http\Message\ServerRequestInterface as Request;
use Slim\Factory\AppFactory;
use Weather\Readings;

require __DIR__ . '/../vendor/autoload.php';

$app = AppFactory::create();
$readings = new Readings($_ENV['REDIS_DSN'] ?? 'tcp://127.0.0.1:6379');

$app->get('/readings/{place}', function (Request $request, Response $response, array $args) use ($readings) {
    $response->getBody()->write(json_encode($readings->latest($args['place']), JSON_THROW_ON_ERROR));
    return $response->withHeader('Content-Type', 'application/json');
});

$app->get('/ping', function (Request $request, Response $response) {
    $response->getBody()->write('pong');
    return $response;
});

$app->addErrorMiddleware((bool) getenv('WEATHER_DEBUG'), true, true);
$app->run();
