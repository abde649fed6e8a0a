#ifndef GATEHOUSE_CYAML_H
#define GATEHOUSE_CYAML_H
#include <yaml.h>
#endif
