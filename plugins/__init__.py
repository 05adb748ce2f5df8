"""What stands between NoneBot and the job engine. Modules without an underscore are NoneBot plugins."""
