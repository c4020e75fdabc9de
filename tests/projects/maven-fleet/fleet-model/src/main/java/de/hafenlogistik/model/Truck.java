package de.hafenlogistik.model;

public record Truck(String plate, double latitude, double longitude) {
}
