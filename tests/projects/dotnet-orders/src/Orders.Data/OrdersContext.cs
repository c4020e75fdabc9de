using Microsoft.EntityFrameworkCore;

namespace Orders.Data;

public class Order
{
    public long Id { get; set; }
    public required string Customer { get; set; }
    public string? Region { get; set; }
}

public class OrdersContext(DbContextOptions<OrdersContext> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
}
