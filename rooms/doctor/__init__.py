"""What `manage.py doctor` looks at. Each module yields findings about one part of the installation."""
