"""The programs that the bench compares Rooms with, each written from the idea that a beginner, or its manual, gives."""
