using Microsoft.EntityFrameworkCore.Migrations;

namespace Orders.Data.Migrations;

public partial class First : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.CreateTable("Orders", table => new { Id = table.Column<long>() });
}
