/*
 * division_name.h
 *		Names of administrative divisions (GB/T 2260) in the server encoding.
 */
#ifndef PDAUTH_DIVISION_NAME_H
#define PDAUTH_DIVISION_NAME_H

#include "postgres.h"

typedef enum DivisionNames
{
	DIVISION_MUNICIPALITY,		/* 北京市: province and prefecture in one */
	DIVISION_PROVINCE,			/* full names but for municipalities */
	DIVISION_PROVINCE_SHORT,	/* 内蒙古 */
	DIVISION_PREFECTURE,		/* every one of the level, full names */
	DIVISION_PREFECTURE_SHORT,	/* 大理州 */
	DIVISION_PREFECTURE_FILLER, /* 市辖区 */
	DIVISION_COUNTY_ODD,		/* some counties: see mask_address.c */
} DivisionNames;

/* Can the server encoding write the names (UTF8, EUC_CN)?  Ask before the other two. */
extern bool division_names_known(void);

/* Bytes of the name that the text begins with, or 0. */
extern int	division_name_begins(DivisionNames kind, const char *p, const char *end);

/* A constant text in the server encoding, in the current memory context. */
extern char *division_text(const char *utf8);

#endif							/* PDAUTH_DIVISION_NAME_H */
