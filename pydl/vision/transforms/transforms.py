"""Transforms as objects; torchvision has the random ones in this module too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydl import _C, dtypes
from pydl.vision.transforms import functional as F
from pydl.vision.transforms.choose import Transform, two
from pydl.vision.transforms.functional import InterpolationMode
from pydl.vision.transforms.random_transforms import ColorJitter as ColorJitter
from pydl.vision.transforms.random_transforms import RandomAffine as RandomAffine
from pydl.vision.transforms.random_transforms import RandomApply as RandomApply
from pydl.vision.transforms.random_transforms import RandomChoice as RandomChoice
from pydl.vision.transforms.random_transforms import RandomCrop as RandomCrop
from pydl.vision.transforms.random_transforms import RandomErasing as RandomErasing
from pydl.vision.transforms.random_transforms import RandomGrayscale as RandomGrayscale
from pydl.vision.transforms.random_transforms import RandomHorizontalFlip as RandomHorizontalFlip
from pydl.vision.transforms.random_transforms import RandomOrder as RandomOrder
from pydl.vision.transforms.random_transforms import RandomResizedCrop as RandomResizedCrop
from pydl.vision.transforms.random_transforms import RandomRotation as RandomRotation
from pydl.vision.transforms.random_transforms import RandomVerticalFlip as RandomVerticalFlip


class Compose:
    """Transforms one after the other.

    >>> from pydl.vision import transforms as T
    >>> T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)])(pydl.ones(2, 2).numpy())
    tensor([[[1., 1.],
             [1., 1.]]])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:
        for t in self.transforms:
            img = t(img)
        return img

    def __repr__(self) -> str:
        return "\n".join(["Compose(", *[f"    {t}" for t in self.transforms], ")"])


class ToTensor:
    """See `functional.to_tensor`."""

    def __call__(self, pic: Any) -> Any:
        return F.to_tensor(pic)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor:
    """See `functional.pil_to_tensor`."""

    def __call__(self, pic: Any) -> Any:
        return F.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return "PILToTensor()"


class ToPILImage:
    """See `functional.to_pil_image`."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        return F.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"ToPILImage({'' if self.mode is None else f'mode={self.mode}'})"


class Lambda:
    """A function of one's own."""

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise _C.DTypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class ConvertImageDtype(Transform):
    """See `functional.convert_image_dtype`."""

    shown = ("dtype",)

    def __init__(self, dtype: dtypes.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, image: Any) -> Any:
        return F.convert_image_dtype(image, self.dtype)


class Normalize(Transform):
    """See `functional.normalize`."""

    shown = ("mean", "std")

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std, self.inplace = mean, std, inplace

    def forward(self, tensor: Any) -> Any:
        return F.normalize(tensor, self.mean, self.std, self.inplace)


class Resize(Transform):
    """See `functional.resize`."""

    shown = ("size", "max_size", "antialias")

    def __init__(
        self,
        size: Any,
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        if not isinstance(size, int | Sequence):
            raise _C.DTypeError(f"Size should be int or sequence. Got {type(size).__name__}")
        if not isinstance(size, int) and len(size) not in (1, 2):
            raise _C.ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size, self.interpolation, self.max_size, self.antialias = size, interpolation, max_size, antialias

    def forward(self, img: Any) -> Any:
        return F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)


class CenterCrop(Transform):
    """See `functional.center_crop`."""

    shown = ("size",)

    def __init__(self, size: Any) -> None:
        super().__init__()
        self.size = two("CenterCrop", size)

    def forward(self, img: Any) -> Any:
        return F.center_crop(img, self.size)


class Pad(Transform):
    """See `functional.pad`."""

    shown = ("padding", "fill", "padding_mode")

    def __init__(self, padding: Any, fill: Any = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        F.sides_of(padding)
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise _C.ValueError("Padding mode should be either constant, edge, reflect or symmetric")
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def forward(self, img: Any) -> Any:
        return F.pad(img, self.padding, self.fill, self.padding_mode)


class Grayscale(Transform):
    """See `functional.rgb_to_grayscale`."""

    shown = ("num_output_channels",)

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img: Any) -> Any:
        return F.rgb_to_grayscale(img, self.num_output_channels)
