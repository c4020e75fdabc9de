using Orders.Data;
using Xunit;

public class OrderTests
{
    [Fact]
    public void AnOrderHasNoRegionUntilItIsPlaced() =>
        Assert.Null(new Order { Customer = "Ada" }.Region);
}
