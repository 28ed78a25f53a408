namespace Qwem.Validation
