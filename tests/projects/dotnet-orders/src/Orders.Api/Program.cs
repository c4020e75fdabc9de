using Microsoft.EntityFrameworkCore;
using Orders.Data;
using Prometheus;

var builder = WebApplication.CreateBuilder(args);

builder.Services.AddDbContext<OrdersContext>(options =>
    options.UseNpgsql(builder.Configuration.GetConnectionString("Orders")));
builder.Services.AddStackExchangeRedisCache(options =>
    options.Configuration = builder.Configuration["Redis:Configuration"]);
builder.Services.AddHealthChecks();

var app = builder.Build();

var placed = Metrics.CreateCounter("orders_placed_total", "Orders that came.");

app.UseHttpMetrics();
app.MapMetrics();
app.MapHealthChecks("/healthz");

app.MapGet("/orders/{id:long}", async (long id, OrdersContext db) =>
    await db.Orders.FindAsync(id) is { } order ? Results.Ok(order) : Results.NotFound());

app.MapPost("/orders", async (Order order, OrdersContext db) =>
{
    order.Region = Environment.GetEnvironmentVariable("ORDERS_REGION") ?? "eu";
    db.Orders.Add(order);
    await db.SaveChangesAsync();
    placed.Inc();
    return Results.Created($"/orders/{order.Id}", order);
});

app.Run();
