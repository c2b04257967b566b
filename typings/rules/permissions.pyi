from typing import Any

from django.contrib.auth.models import AbstractBaseUser

permissions: dict[str, Any]

class ObjectPermissionBackend:
    def authenticate(self, request: Any, username: str, password: str) -> None: ...
    def has_perm(self, user: AbstractBaseUser, perm: str, *args: Any, **kwargs: Any) -> bool: ...
    def has_module_perms(self, user: AbstractBaseUser, app_label: str) -> bool: ...
